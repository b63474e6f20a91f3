export { compileProblems, examplesOf } from './examples.js';
export { type Block, type HiddenCommands, type Item, readPage } from './page.js';
export { COMMAND_PAGES, EXAMPLE_PAGES, pagesOf } from './pages.js';
export { ROOT, runPage } from './run-page.js';
export { commandsOf, isCommand } from './script.js';
export { differences, missingLine } from './shape.js';
