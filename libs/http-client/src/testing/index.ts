export { ConnectProxy, type ConnectProxyOptions } from './connect-proxy.js';
