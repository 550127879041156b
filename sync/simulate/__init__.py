"""Simulate an ERP and two warehouse systems that speak to crossdock through its contract only.

Read in this order: ``goods``, ``company`` and ``founding`` (who trades what), ``plan`` (what the
ERP asks for in a day), ``erp`` and ``wms`` (the actors), ``truth`` (what physically lies where),
``trouble`` (what goes wrong on purpose), ``day`` (the clock that moves them all) and ``demo`` (the
whole story).
"""
