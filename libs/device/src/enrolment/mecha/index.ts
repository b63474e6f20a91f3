export { type MechaClientOptions, createMechaClient } from './client.js';
