import { library } from '../../eslint.config.mjs';

export default library;
