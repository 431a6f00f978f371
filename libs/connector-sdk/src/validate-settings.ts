import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { ConnectorFailure } from './failure.js';

/** An instance of the settings class, or a CONFIG failure that names the first field at fault and its rule. */
export function validateSettings<Settings extends object>(type: new () => Settings, input: unknown): Settings {
  const settings = plainToInstance(type, input ?? {}, { exposeDefaultValues: true });
  const [fault] = validateSync(settings, { whitelist: true, forbidUnknownValues: false });
  if (fault) throw new ConnectorFailure({ code: 'CONFIG', ...nameFault(fault) });
  return settings;
}

function nameFault(fault: ValidationError, path: string[] = []): { field: string; detail: string } {
  const here = [...path, fault.property];
  const [child] = fault.children ?? [];
  if (child && !fault.constraints) return nameFault(child, here);
  return { field: here.join('.'), detail: Object.values(fault.constraints ?? { invalid: `${fault.property} is not valid` }).join('; ') };
}
