export { type Block, type Directive, type HiddenCommands, type Item, readPage } from './page.js';
export { PAGES, pagesOf } from './programs.js';
export { ROOT, runPage } from './run-page.js';
export { commandsOf, isCommand } from './script.js';
export { differences, missingLine } from './shape.js';
export { EXAMPLE_PAGES, type Example, compileProblems, examplesOf } from './examples.js';
