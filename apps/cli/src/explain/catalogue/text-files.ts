import type { Topic } from '../explanation.js';

export const TEXT_FILES = {
  title: 'Files of text and certificates',
  about: 'How files that an operator writes have to look. See the page about text and encodings.',
  codes: {
    pem_malformed: {
      kind: 'invalid',
      meaning: 'The text has a broken PEM block.',
      check: 'Check for a missing END line, or for characters that are not base64.',
      fix: 'Copy the file again.',
    },
    pem_too_large: {
      kind: 'invalid',
      meaning: 'The PEM text has more or larger blocks than any use needs. The message names the limit.',
      check: 'Check whether it is the right file.',
      fix: 'Give a file with the needed certificates only.',
    },
    text_blanks: {
      kind: 'invalid',
      meaning: 'A line that has to be exact begins or ends with a blank or an invisible character.',
      check: 'Look at it: cat -A FILE.',
      fix: 'Remove these characters.',
    },
    text_encoding: {
      kind: 'invalid',
      meaning: 'The file is not valid UTF-8. The message names line and column where it can.',
      check: 'Look at it: file FILE.',
      fix: 'Save it as UTF-8.',
    },
    text_lines: {
      kind: 'invalid',
      meaning: 'The file has several lines, and should have one.',
      check: 'Look at it: cat -A FILE.',
      fix: 'Keep the one line that is needed.',
    },
    text_nul: {
      kind: 'invalid',
      meaning: 'The file has a NUL character, as a UTF-16 file without a byte order mark does.',
      check: 'Look at it: file FILE.',
      fix: 'Save it as UTF-8.',
    },
  },
} as const satisfies Topic;
