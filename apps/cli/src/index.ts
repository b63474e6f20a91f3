export { provisionProgram } from './program.js';
