export { type GrpcApp, type Served, createApp } from './create-app.js';
