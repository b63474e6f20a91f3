import type { Topic } from '../explanation.js';

export const STATE = {
  title: 'Configuration, database and stored state',
  about: 'What stops a server app or provision ca from starting, and what outages of the database look like.',
  codes: {
    clock_wrong: {
      kind: 'unavailable',
      status: 503,
      meaning:
        "The clock of this machine is wrong: it differs too much from the database's, or lies before the device's certificate.",
      check: 'Compare date -u with the real time on every machine.',
      fix: 'Set the clocks with NTP.',
    },
    configuration_invalid: {
      kind: 'invalid',
      meaning: 'The configuration has problems. The message lists all of them, with file, line and key.',
      check: 'Run the app with --check-config to see every value and where it comes from.',
      fix: 'Correct each problem.',
    },
    database_unavailable: {
      kind: 'unavailable',
      status: 503,
      meaning: 'The database does not answer.',
      check:
        'Check that PostgreSQL runs and that MG_PROVISION_DATABASE_URL is right, or that the file of MG_PROVISION_STATE_PATH can be read and written.',
      fix: 'Retry after the time in Retry-After. Calls with an Idempotency-Key can be repeated safely.',
    },
    database_url_invalid: {
      kind: 'invalid',
      meaning: 'MG_PROVISION_DATABASE_URL is not a URL that Provision understands.',
      check: 'Check for special characters in the password, which need percent-encoding.',
      fix: 'Write postgres://user:password@host:port/database.',
    },
    schema_locked: {
      kind: 'unavailable',
      meaning: "The database's schema could not be upgraded, because other sessions hold locks.",
      check: 'Look for long transactions in pg_stat_activity.',
      fix: 'End them, then start the app again.',
    },
    schema_too_new: {
      kind: 'invalid',
      meaning:
        'A newer version of Provision has upgraded the database in a way that this version cannot work with.',
      check: 'Compare the versions of all replicas.',
      fix: 'Start the newer version, or restore a backup from before the upgrade.',
    },
    schema_unknown: {
      kind: 'invalid',
      meaning: 'The database was set up by a version of Provision that this one does not descend from.',
      check: 'Check that MG_PROVISION_DATABASE_URL or MG_PROVISION_STATE_PATH names the right database.',
      fix: 'Use the version that set it up, or another database.',
    },
    state_file_exposed: {
      kind: 'invalid',
      meaning: 'Other users of this machine can read or change the state file, so it is not used.',
      check: 'Check who could have read it: the message names the path.',
      fix: 'chmod 600 FILE, then start again. If someone may have copied it, rotate what it seals.',
    },
    state_key_contended: {
      kind: 'conflict',
      meaning: 'Another process changed the state key at the same time.',
      check: 'Find out whether a colleague or a deployment runs the same command.',
      fix: 'Run the command again, with the key that is valid now.',
    },
    state_key_exposed: {
      kind: 'invalid',
      meaning: 'Other users of this machine can read or change the state key file, so it is not used.',
      check: 'Check who could have read it: the message names the path.',
      fix: 'chmod 600 FILE. If someone may have copied it: provision ca change-state-key.',
    },
    state_key_invalid: {
      kind: 'invalid',
      meaning: 'The state key is not 32 bytes in hexadecimal or base64.',
      check: 'Check MG_PROVISION_STATE_KEY or the key file for blanks, quotes and line breaks.',
      fix: 'Set the right key. For a new database: openssl rand -hex 32.',
    },
    state_key_mismatch: {
      kind: 'internal',
      status: 500,
      meaning: 'Stored state cannot be decrypted: it was written with another state key, or changed.',
      check: 'Check whether the database was restored from a backup with another key, or edited by hand.',
      fix: 'Restore database and key from the same backup.',
    },
    state_key_missing: {
      kind: 'invalid',
      meaning: 'There is no state key, although the database has one.',
      check: 'Check MG_PROVISION_STATE_KEY, and for the key file beside the state file.',
      fix: 'Set the key that the other replicas have, or restore the file from a backup. For change-state-key, set MG_PROVISION_NEW_STATE_KEY.',
    },
    state_key_wrong: {
      kind: 'invalid',
      meaning: 'This is not the state key that the database is sealed with.',
      check: 'Compare it with the other replicas.',
      fix: 'Set their key. If the key is lost, so is what it seals: start with an empty database.',
    },
    state_missing: {
      kind: 'invalid',
      meaning: 'A command found no database, and does not create one.',
      check:
        'Check the folder in which you run it, and MG_PROVISION_STATE_PATH or MG_PROVISION_DATABASE_URL.',
      fix: 'Run it with the settings of the service. Only provision ca create and import begin a new database.',
    },
    state_path_invalid: {
      meaning: 'MG_PROVISION_STATE_PATH cannot be used.',
      check: 'Check that its folder exists and belongs to the user that runs the service.',
      fix: 'Correct path, owner or mode.',
    },
  },
} as const satisfies Topic;
