import type { ErrorCode, YAMLError } from 'yaml';

/** What the reader's codes mean to the writer of settings. Its own messages quote the file, which may hold secrets. */
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  ALIAS_PROPS: 'an alias (*name) stands with an anchor or a tag',
  BAD_ALIAS: 'the name of an anchor (&name) or alias (*name) is not valid',
  BAD_COLLECTION_TYPE: 'a tag (!name) does not fit what follows it',
  BAD_DIRECTIVE: 'a line that begins with % is not a known directive',
  BAD_DQ_ESCAPE: 'a backslash in double quotes begins no known escape; use single quotes',
  BAD_INDENT: 'the indentation is wrong, or a bracket is not closed',
  BAD_PROP_ORDER: 'an anchor (&name) or a tag (!name) is in the wrong place',
  BAD_SCALAR_START: 'a value begins with a character that YAML reserves; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a value contains ": ", or the indentation is wrong; put the value in quotes',
  BLOCK_IN_FLOW: 'indented lines are inside brackets',
  DUPLICATE_KEY: 'this key is there twice',
  KEY_OVER_1024_CHARS: 'a key is too long; a quote or a colon is missing',
  MISSING_CHAR: 'a quote, a bracket, a colon or a comma is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over more than one line, or the indentation is wrong',
  MULTIPLE_ANCHORS: 'a value has more than one anchor (&name); put the value in quotes',
  MULTIPLE_DOCS: 'a second document begins ("---"), and settings are one document',
  MULTIPLE_TAGS: 'a value has more than one tag (!name); put the value in quotes',
  NON_STRING_KEY: 'a key is not a text',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'a tab is used to indent; use spaces',
  TAG_RESOLVE_FAILED:
    'a value begins with "!", which names a type that is not known; put the value in quotes',
  UNEXPECTED_TOKEN: 'this is not expected here; a quote, a bracket or a comma may be missing or too many',
};

/** A YAML error, or a warning about what the reader would pass over, for people. */
export const yamlErrorText = ({ code }: Pick<YAMLError, 'code'>): string =>
  WORDS[code] ?? 'this cannot be read';
