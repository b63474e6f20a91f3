export { AgentHome, type AgentProcess, type Ended } from './agent.js';
export { RealServer } from './real-server.js';
