"""What the database is: tables, states, catalogue, contract, functions and statements.

Imports nothing from ``sync``. `schema.render.statements` returns the whole of it as DDL.
"""
