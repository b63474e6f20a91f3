export {
  type Problem,
  Report,
  type Saying,
  type ConfigLocation,
  type Warning,
  formatProblem,
} from '@org/domain';
