export { connectionProblem } from './connection-problem.js';
export { type GrpcRoute, grpcRoute } from './grpc.js';
export { type TunnelOptions, type TunnelTarget, authorityOf, openTunnel, tunnelProblem } from './tunnel.js';
