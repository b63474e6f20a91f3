/** Of this package; a test holds it to package.json. A single executable has no package.json to read. */
export const VERSION = '0.1.0';
