import { parseMasterKey } from '#hub/governance';
import { ConfigError, loadConfig } from '#hub/persistence';
import { fine, wrong, type Environment, type Finding } from './check.js';

/** The same reading as api and worker do at their start. */
export function checkConfiguration(env: Environment): Finding[] {
  try {
    parseMasterKey(loadConfig(env).masterKeyText);
    return [fine('configuration', 'complete')];
  } catch (error) {
    const faults = error instanceof ConfigError ? error.faults : [(error as Error).message];
    return faults.map((fault) => wrong('configuration', fault, 'set it in the environment; .env.example explains every variable'));
  }
}
