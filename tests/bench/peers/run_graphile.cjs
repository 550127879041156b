// Run graphile-worker with a task that moves stock: node run_graphile.cjs OPTIONS [install]
const { Logger, run, runMigrations } = require("graphile-worker");
const { Pool } = require("pg");

const options = JSON.parse(process.argv[2]);
const pgPool = new Pool({ max: options.pool });
pgPool.on("error", console.error);
pgPool.on("connect", (client) => client.on("error", console.error));
const logger = new Logger(() => (level, message) => level === "error" && console.error(message));

async function move(job) {
  await pgPool.query({
    name: "move",
    text: "SELECT move($1, $2, $3, $4)",
    values: [job.key, job.item, job.location, job.qty],
  });
}

async function main() {
  if (process.argv.includes("install")) {
    await runMigrations({ pgPool, logger });
    await pgPool.end();
    return;
  }
  await run({
    pgPool,
    logger,
    taskList: { move },
    preset: {
      worker: {
        concurrentJobs: options.concurrency,
        pollInterval: 200,
        localQueue: { size: options.batch },
        completeJobBatchDelay: options.complete_ms,
        failJobBatchDelay: options.complete_ms,
      },
    },
  });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
