import { app } from '../../eslint.config.mjs';

export default app;
