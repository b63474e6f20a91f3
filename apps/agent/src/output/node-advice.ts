/** Node ends some of OpenSSL's reasons with a flag to start it with; the agent's operator has no Node to start. */
export const withoutNodeAdvice = (text: string): string =>
  text.replace(/; if the root CA is installed locally, try running Node\.js with +--use-system-ca/g, '');
