export { type Problem, Report, type Saying, type Subject, type Warning, formatProblem } from '@org/domain';
