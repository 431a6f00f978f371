import { getMetadataStorage } from 'class-validator';
import type { Connector } from '#hub/connector-sdk';

interface SettingSchema {
  type?: 'string' | 'boolean' | 'integer' | 'number' | 'array' | 'object';
  format?: string;
  enum?: unknown[];
  maxLength?: number;
  minLength?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
}
/** JSON Schema of a connector's settings, as far as its class-validator class says it. */
export interface SettingsSchema {
  type: 'object';
  properties: Record<string, SettingSchema>;
  required: string[];
  additionalProperties: false;
}

/** Reads the form of the settings from the class that also validates them, so that both cannot disagree. */
export function settingsSchema(connector: Connector): SettingsSchema {
  const rules = getMetadataStorage().getTargetValidationMetadatas(connector.settings, '', false, false);
  const defaults = new connector.settings() as Record<string, unknown>;
  const properties: Record<string, SettingSchema> = {};
  const optional = new Set<string>();
  for (const rule of rules) {
    const known = (properties[rule.propertyName] ??=
      defaults[rule.propertyName] === undefined ? {} : { default: defaults[rule.propertyName] });
    if (rule.type === 'conditionalValidation') optional.add(rule.propertyName);
    Object.assign(known, schemaOf(rule.name, (rule.constraints ?? []) as unknown[]));
  }
  const required = Object.keys(properties).filter((name) => !optional.has(name) && defaults[name] === undefined);
  return { type: 'object', properties, required, additionalProperties: false };
}

function schemaOf(rule: string | undefined, constraints: unknown[]): SettingSchema {
  const [first, second] = constraints as number[];
  switch (rule) {
    case 'isUrl':
      return { type: 'string', format: 'uri' };
    case 'isEmail':
      return { type: 'string', format: 'email' };
    case 'isUuid':
      return { type: 'string', format: 'uuid' };
    case 'isTimeZone':
      return { type: 'string', format: 'time-zone' };
    case 'isString':
      return { type: 'string' };
    case 'isBoolean':
      return { type: 'boolean' };
    case 'isInt':
      return { type: 'integer' };
    case 'isNumber':
      return { type: 'number' };
    case 'isArray':
      return { type: 'array' };
    case 'isObject':
      return { type: 'object' };
    case 'isIn':
      return { enum: constraints[0] as unknown[] };
    case 'maxLength':
      return { maxLength: first };
    case 'isLength':
      return { minLength: first, maxLength: second };
    case 'min':
      return { minimum: first };
    case 'max':
      return { maximum: first };
    default:
      return {};
  }
}
