export { stop as default } from './postgres-server.mjs';
