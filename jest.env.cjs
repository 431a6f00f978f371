require('reflect-metadata');

// One database per Jest worker, made by the global set-up of the integration projects.
for (const role of ['APP', 'OWNER', 'SUPERUSER']) {
  const url = process.env[`TEST_${role}_URL`];
  const variable = { APP: 'DATABASE_URL', OWNER: 'DATABASE_MIGRATION_URL', SUPERUSER: 'DATABASE_SUPERUSER_URL' }[role];
  if (url) process.env[variable] = `${url}_${process.env.JEST_WORKER_ID}`;
}
