import type { Topic } from '../explanation.js';

export const AGENT_IDENTITY = {
  title: 'Agent: identity and files',
  about: "The device's key, certificate and files. See the page about the agent for the folder.",
  codes: {
    another_key_enrolled: {
      kind: 'ambiguous',
      meaning: "The server began an enrolment for another key than the device's.",
      check: 'Look for a proxy that mixes up answers.',
      fix: 'Try again; report it if it happens again.',
    },
    bootstrap_content_unusable: {
      kind: 'invalid',
      meaning: 'The bootstrap configuration lacks something that the device needs. The details list what.',
      check: 'Compare the layout with what the device expects.',
      fix: 'Correct the layout, then provision the gateway again.',
    },
    certificate_unreadable: {
      kind: 'invalid',
      meaning: 'A certificate on the disk cannot be read.',
      check: 'Look at the file: openssl x509 -in FILE -noout -text.',
      fix: 'Restore it from a backup, or deprovision the device and enrol it again.',
    },
    certificate_without_name: {
      kind: 'invalid',
      meaning: 'The certificate on the disk has no common name, so the device does not know its id.',
      check: 'Look at the file: openssl x509 -in FILE -noout -subject.',
      fix: 'Restore the right file, or enrol the device again.',
    },
    disk_full: {
      kind: 'unavailable',
      meaning: 'The disk or quota is full, or the file-size limit is reached.',
      check: 'Check df -h, df -i and ulimit -f.',
      fix: 'Free some space, or raise the limit. The agent then continues by itself.',
    },
    disk_read_only: {
      kind: 'unavailable',
      meaning: 'The file system is read-only.',
      check: 'Check mount, and the kernel log for disk errors.',
      fix: 'Mount it writable.',
    },
    enrolment_not_begun: {
      kind: 'not_found',
      meaning: 'No enrolment is in progress on this device, or a newer one has replaced it.',
      check: 'See the state: provision-agent status.',
      fix: 'Start one: provision-agent enrol.',
    },
    enrolment_under_way: {
      kind: 'conflict',
      meaning: 'The device is being enrolled, so its certificate is not renewed meanwhile.',
      check: 'See the state: provision-agent status.',
      fix: 'Wait until the enrolment has ended.',
    },
    file_error: {
      meaning: 'The operating system refused a file operation. The message names the file and the reason.',
      check: 'Check the disk and the kernel log.',
      fix: 'Correct the cause. The agent then continues by itself.',
    },
    file_in_the_way: {
      kind: 'invalid',
      meaning: 'There is a file where a folder should be.',
      check: 'Look at the path that the message names.',
      fix: 'Remove it, or choose another path in the settings.',
    },
    file_not_permitted: {
      kind: 'forbidden',
      meaning: 'The agent may not read or write a file.',
      check:
        'Check the owner and mode of the file and of the folders above it, and the user that the agent runs as.',
      fix: 'Correct owner or mode.',
    },
    folder_in_the_way: {
      kind: 'invalid',
      meaning: 'There is a folder where a file should be.',
      check: 'Look at the path that the message names.',
      fix: 'Remove it, or choose another path in the settings.',
    },
    identity_incomplete: {
      kind: 'invalid',
      meaning: 'The CA bundle or the root certificate is missing on the disk.',
      check: "Look at the agent's folder.",
      fix: 'Restore the files from a backup, or enrol the device again.',
    },
    identity_replaced: {
      kind: 'conflict',
      meaning: 'The identity was given up or replaced while the command worked on it.',
      check: 'See the state: provision-agent status.',
      fix: 'Repeat the command, if it is still needed.',
    },
    issued_for_another_key: {
      kind: 'invalid',
      meaning: "The server sent a certificate for another key than the device's.",
      check: 'Look for a proxy that mixes up answers.',
      fix: 'Try again; report it if it happens again.',
    },
    issued_for_another_machine: {
      kind: 'invalid',
      meaning: "The server sent a certificate with another device's id.",
      check: 'The details have both ids.',
      fix: 'Try again; report it if it happens again.',
    },
    issued_unreadable: {
      kind: 'invalid',
      meaning: 'The server sent something that is not a certificate.',
      check: 'Look for a proxy that changes answers.',
      fix: 'Try again; report it if it happens again.',
    },
    issued_without_name: {
      kind: 'invalid',
      meaning: 'The server sent a certificate without a common name.',
      check: 'Check the certificate profile of the server.',
      fix: 'Correct the profile, then try again.',
    },
    journal_unreadable: {
      kind: 'invalid',
      meaning: "The file that says whether a change of the agent's files is in progress cannot be read.",
      check: 'Check the disk.',
      fix: 'Restore the file. If no change can have been in progress, remove it.',
    },
    key_exposed: {
      kind: 'invalid',
      meaning: 'Other users of the device can read or replace its private key, so it is not used.',
      check: 'The message names path and mode.',
      fix: 'Correct the mode as the message says. If someone may have copied the key, deprovision the device and enrol it again.',
    },
    key_missing: {
      meaning: "The device's private key is missing.",
      check: "Check the agent's folder, or the token.",
      fix: 'Restore it from a backup, or enrol the device again.',
    },
    key_unreadable: {
      kind: 'invalid',
      meaning: 'The file with the private key, or with the note about the key in a token, cannot be read.',
      check: 'Look at the file that the message names.',
      fix: 'Restore it, or deprovision the device and enrol it again.',
    },
    pin_exposed: {
      kind: 'invalid',
      meaning: "Other users of the device can read the file with the token's PIN, so it is not used.",
      check: 'The message names path and mode.',
      fix: 'chmod 600 FILE, and change the PIN if someone may have read it.',
    },
    pin_missing: {
      kind: 'invalid',
      meaning: "The file with the token's PIN is missing or empty.",
      check: 'Check the path in the settings.',
      fix: 'Write the PIN into it, and chmod 600 it.',
    },
    pin_unreadable: {
      kind: 'invalid',
      meaning: "The file with the token's PIN is not one line of text.",
      check: 'Look at it: cat -A FILE.',
      fix: 'Write the PIN into it as one line.',
    },
    test_connection_failed: {
      kind: 'unavailable',
      meaning: 'No connection could be made with a new certificate, so the old one is kept.',
      check: "Check the server's trust in the authority that issued it, and the network.",
      fix: 'The agent tries again by itself; correct the server if it keeps failing.',
    },
    tls_material_unusable: {
      kind: 'invalid',
      meaning: 'TLS does not accept the certificates or the key on the device.',
      check: 'Run provision-agent doctor.',
      fix: 'Restore the files from a backup, or enrol the device again.',
    },
    token_failed: {
      kind: 'unavailable',
      meaning: 'The PKCS#11 token reported an error.',
      check: 'The message has its code (CKR_...). Try pkcs11-tool --list-slots.',
      fix: 'Correct the cause. The agent tries again by itself.',
    },
    token_pin_refused: {
      kind: 'invalid',
      meaning:
        'The token refused the PIN. The agent does not try it again before it is restarted, because tokens lock themselves.',
      check: 'Check the PIN file.',
      fix: 'Set the right PIN, unlock the token if needed, then restart the agent.',
    },
    token_unavailable: {
      kind: 'unavailable',
      meaning: 'The token cannot be used: it or its program is missing.',
      check: 'Check that it is plugged in, that OpenSC is installed, and the module path in the settings.',
      fix: 'Correct the cause. The agent tries again by itself.',
    },
  },
} as const satisfies Topic;
