import type { Topic } from '../explanation.js';

export const AUTHORITY = {
  title: 'Built-in authority',
  about:
    'Errors of provision ca, and of server apps when they start. See the pages about the authority and about rotating it.',
  codes: {
    authority_contended: {
      kind: 'conflict',
      meaning: 'Another process changed the authority at the same time.',
      check: 'Look at the result: provision ca show.',
      fix: 'Run the command again, if its change is still missing.',
    },
    authority_elsewhere: {
      kind: 'invalid',
      meaning:
        "The authority's keys are not where the settings say: in the database instead of the folder, or the reverse.",
      check: 'Compare MG_PROVISION_AUTHORITY_STORE on all replicas.',
      fix: 'Set it to the place that the message names, or run provision ca move-to-database.',
    },
    authority_exists: {
      kind: 'conflict',
      meaning: 'An authority exists already, so none is created or imported.',
      check: 'Look at it: provision ca show.',
      fix: 'Use it, or replace it: provision ca succeed.',
    },
    authority_expired: {
      meaning: 'The certificate of the authority has expired or is not valid yet, so it cannot issue.',
      check: 'Compare its dates (provision ca show) with the clock of this machine.',
      fix: 'Correct the clock, or replace the authority: provision ca succeed.',
    },
    authority_folder_exposed: {
      kind: 'invalid',
      meaning:
        "Other users of this machine can read or change the authority's folder or keys, so they are not used.",
      check: 'Check who could have read the keys: the message names the path.',
      fix: 'Set the modes (folder 0700, files 0600). If someone may have copied the keys, replace the authority with a new root.',
    },
    authority_key_identifier: {
      kind: 'invalid',
      meaning: "The authority's certificate has no subject key identifier.",
      check: 'Look at it: openssl x509 -in FILE -noout -text.',
      fix: 'Import a certificate that has this extension.',
    },
    authority_key_mismatch: {
      kind: 'invalid',
      meaning: "The private key does not belong to the authority's certificate.",
      check: 'Compare the public keys: openssl pkey -pubout, openssl x509 -pubkey.',
      fix: 'Give the key that belongs to the certificate.',
    },
    authority_key_missing: {
      kind: 'invalid',
      meaning: 'The private key of the authority that issues is missing.',
      check: 'The message names the place where it should be.',
      fix: 'Restore it from a backup, or copy it from another replica.',
    },
    authority_key_usage: {
      kind: 'invalid',
      meaning:
        "The authority's certificate does not allow its key to sign certificates and revocation lists.",
      check: 'Look at keyUsage: openssl x509 -in FILE -noout -text.',
      fix: 'Import a certificate with keyCertSign and cRLSign.',
    },
    authority_missing: {
      kind: 'invalid',
      meaning: 'There is no authority yet.',
      check:
        'Check that MG_PROVISION_AUTHORITY_PATH, MG_PROVISION_AUTHORITY_STORE and the database are those of the service.',
      fix: 'Create one: provision ca create; or start the service once, which creates one.',
    },
    authority_not_ca: {
      kind: 'invalid',
      meaning: 'The certificate is not one of an authority.',
      check: 'Look at basicConstraints: openssl x509 -in FILE -noout -text.',
      fix: 'Import a certificate with CA:TRUE.',
    },
    authority_not_found: {
      kind: 'not_found',
      status: 404,
      meaning: 'No authority with this key identifier is served.',
      check: 'List the authorities: provision ca show. A previous one is served only for a limited time.',
      fix: 'Use the key identifier of one that is served.',
    },
    authority_of_another: {
      kind: 'invalid',
      meaning: 'The authority in this folder is not that of the installation, as the database records it.',
      check: 'Compare both fingerprints in the message with provision ca show on another replica.',
      fix: 'Copy the folder from a replica that has the right one, or use the right database.',
    },
    authority_path_invalid: {
      meaning: 'MG_PROVISION_AUTHORITY_PATH cannot be used as a folder.',
      check: 'Check that it exists, is a folder, and belongs to the user that runs the service.',
      fix: 'Correct path, owner or mode.',
    },
    authority_path_length: {
      kind: 'invalid',
      meaning: 'The parent authority does not allow another authority below it.',
      check: 'Look at pathlen: openssl x509 -in FILE -noout -text.',
      fix: 'Have the parent issue a certificate with a sufficient path length.',
    },
    authority_signer_broken: {
      kind: 'invalid',
      meaning: 'What the private key signs does not verify with its public key.',
      check: 'Check the key file, or the token, for damage.',
      fix: 'Restore the key from a backup.',
    },
    authority_subject_empty: {
      kind: 'invalid',
      meaning: 'The new authority would have an empty name.',
      check: 'Check --organization and MG_PROVISION_AUTHORITY_ORGANIZATION.',
      fix: 'Give an organisation.',
    },
    authority_superseded: {
      kind: 'invalid',
      meaning: 'The authority in this folder was replaced by a newer one, whose key is not here.',
      check: 'Find out on which replica provision ca succeed was run.',
      fix: 'Copy the folder from that replica.',
    },
    certificate_critical_extension: {
      kind: 'invalid',
      meaning:
        'A certificate has a critical extension that Provision does not understand, so it must not be trusted.',
      check: 'Look at it: openssl x509 -in FILE -noout -text. The details have its OID.',
      fix: 'Use a certificate without that extension.',
    },
    certificate_malformed: {
      kind: 'invalid',
      meaning: 'This is not an X.509 certificate, or it is damaged.',
      check: 'Look at it: openssl x509 -in FILE -noout -text.',
      fix: 'Give the right file.',
    },
    certificate_missing: {
      kind: 'invalid',
      meaning: 'The PEM text has no certificate.',
      check: 'Check for a key or a request in its place; the message names what was found.',
      fix: 'Give a file with the certificate.',
    },
    certificate_not_yet_valid: {
      kind: 'invalid',
      meaning: 'A certificate in the chain is not valid yet.',
      check: 'Compare the clock of this machine with the real time.',
      fix: 'Correct the clock.',
    },
    certificate_purpose: {
      kind: 'invalid',
      meaning: 'The certificate is not valid for this use, such as TLS client or TLS server.',
      check: 'Look at extendedKeyUsage: openssl x509 -in FILE -noout -text.',
      fix: 'Use a certificate that was issued for this purpose.',
    },
    certificate_signature_algorithm: {
      kind: 'invalid',
      meaning: 'A certificate in the chain is signed with an algorithm that is not accepted, such as SHA-1.',
      check: 'The details name certificate and algorithm.',
      fix: 'Have it issued again with an accepted algorithm.',
    },
    chain_incomplete: {
      kind: 'invalid',
      meaning: 'No chain leads from the certificate to a trusted root.',
      check: 'Check whether intermediate certificates are missing from the file.',
      fix: 'Add every certificate up to the root, or trust the right root.',
    },
    chain_not_authority: {
      kind: 'invalid',
      meaning: 'A certificate in the chain was issued by one that is not an authority.',
      check: 'Look at the chain: openssl verify -show_chain.',
      fix: 'Replace the faulty certificate.',
    },
    chain_path_length: {
      kind: 'invalid',
      meaning: 'The chain is longer than one of its authorities allows.',
      check: 'Look at pathlen of each authority in it.',
      fix: 'Use a shorter chain, or an authority with a sufficient path length.',
    },
    chain_signature: {
      kind: 'invalid',
      meaning: 'A certificate in the chain was not signed by the issuer that it names.',
      check: 'Check for two authorities with the same name and different keys.',
      fix: 'Give the issuer that really signed it.',
    },
    crl_contended: {
      kind: 'unavailable',
      status: 503,
      meaning: 'Other replicas are signing the revocation list at the same time.',
      check: 'Nothing is wrong if it is rare.',
      fix: 'Retry after the time in Retry-After.',
    },
    key_cipher_unsupported: {
      kind: 'invalid',
      meaning: 'The private key is encrypted with an old cipher that is not supported.',
      check: 'Look at the first lines of the file.',
      fix: 'Encrypt it again: openssl pkcs8 -topk8.',
    },
    key_file_exposed: {
      kind: 'invalid',
      meaning: 'Other users of this machine can read or change the key file, so it is not used.',
      check: 'Check who could have read it: the message names the path.',
      fix: 'chmod 600 FILE. If someone may have copied the key, replace it.',
    },
    key_malformed: {
      kind: 'invalid',
      meaning: 'This is not a private key in PEM or DER form.',
      check: 'Look at it: openssl pkey -in FILE -noout -text.',
      fix: 'Give the right file.',
    },
    key_passphrase_required: {
      kind: 'invalid',
      meaning: 'The private key is encrypted, and no passphrase was given.',
      check:
        'Check MG_PROVISION_AUTHORITY_PASSPHRASE, or MG_PROVISION_AUTHORITY_KEY_PASSPHRASE for provision ca.',
      fix: 'Set the passphrase in the environment.',
    },
    key_passphrase_wrong: {
      kind: 'invalid',
      meaning: 'The passphrase does not open the private key.',
      check: 'Check for line breaks and quotes in the variable.',
      fix: 'Set the right passphrase.',
    },
    key_unsupported: {
      kind: 'invalid',
      meaning: 'An authority cannot use this kind of key.',
      check: 'Look at it: openssl pkey -in FILE -noout -text.',
      fix: 'Use P-256, P-384, RSA or Ed25519.',
    },
    log_head_malformed: {
      kind: 'invalid',
      meaning: 'The text is not a signed head of an issuance log.',
      check: 'Check that it was copied completely, starting with v1.',
      fix: 'Copy it again from the log output of the service.',
    },
    name_part_malformed: {
      kind: 'invalid',
      meaning: "A part of a certificate's name is too long, or has characters that are not allowed.",
      check: 'The details name the part.',
      fix: 'Shorten or correct it. A country is two capital letters.',
    },
    not_intended: {
      kind: 'conflict',
      meaning: 'The certificate was revoked or abandoned before it was signed, so it was not issued.',
      check:
        'Check whether the machine was revoked at the same moment, or the process was suspended for a long time.',
      fix: 'Repeat the request, if the device is still to have a certificate.',
    },
    ocsp_delegate_expired: {
      kind: 'unavailable',
      status: 503,
      meaning: 'The certificate of the OCSP responder has expired.',
      check: 'Check the clock of this machine and the dates of the authority.',
      fix: 'Restart the service; if it does not help, replace the authority: provision ca succeed.',
    },
    profile_invalid: {
      kind: 'invalid',
      meaning: 'A certificate profile in the settings contradicts itself. The message lists every problem.',
      check: 'Check the settings for certificates.',
      fix: 'Correct them, then run --check-config.',
    },
    root_key_missing: {
      kind: 'invalid',
      meaning: 'The private key of the root is needed for this command, and it is not here.',
      check: 'It may have been taken out: provision ca show says where each key is.',
      fix: 'Put it back for the time of the command: provision ca root-key put, or its file in the folder.',
    },
    serial_malformed: {
      kind: 'invalid',
      meaning: 'The text is not a serial number.',
      check: 'It is hexadecimal, up to 20 bytes, with or without colons.',
      fix: 'Copy it from provision ca list.',
    },
    serial_taken: {
      kind: 'conflict',
      meaning: 'The serial number of a new certificate is on record already.',
      check: 'This points to a broken random number generator, or a restored database.',
      fix: 'Repeat the command. Report it if it happens again.',
    },
    trust_anchors_malformed: {
      kind: 'invalid',
      meaning: "The authority's public record in the database or folder is damaged.",
      check: 'Check the storage, and whether someone changed the record.',
      fix: 'Restore it from a backup.',
    },
  },
} as const satisfies Topic;
