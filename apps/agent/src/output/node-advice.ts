/** Node ends some of OpenSSL's reasons with a flag to start it with; whoever runs the agent has no Node to start. */
export const withoutNodeAdvice = (text: string): string =>
  text.replace(/; if the root CA is installed locally, try running Node\.js with +--use-system-ca/g, '');
