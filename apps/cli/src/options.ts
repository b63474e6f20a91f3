import { Option } from 'commander';

export const jsonOption = (): Option => new Option('--json', 'print JSON, for scripts');
