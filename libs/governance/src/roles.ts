export const PERMISSIONS = [
  'connectors:read',
  'connections:read',
  'connections:write',
  'mappings:read',
  'mappings:write',
  'mappings:replay',
  'runs:read',
  'runs:write',
  'records:read',
  'records:reveal',
  'errors:read',
  'errors:write',
  'conflicts:read',
  'conflicts:settle',
  'identity:read',
  'identity:write',
  'identity:decide',
  'identity:approve',
  'erasures:read',
  'erasures:write',
  'reconcile:read',
  'reconcile:run',
  'outbox:read',
  'audit:read',
  'keys:read',
  'keys:write',
  'health:read',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const ROLES = ['ops', 'it', 'admin', 'recruiter', 'leader', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

const SETUP_READ: Permission[] = [
  'connectors:read',
  'connections:read',
  'mappings:read',
  'runs:read',
  'reconcile:read',
  'outbox:read',
  'health:read',
];

/** What a role may do at most. Revealing personal data, settling conflicts, deciding who is who, erasing people and making keys stay with few. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  admin: PERMISSIONS,
  ops: [
    ...SETUP_READ,
    'connections:write',
    'mappings:write',
    'mappings:replay',
    'runs:write',
    'records:read',
    'errors:read',
    'errors:write',
    'conflicts:read',
    'identity:read',
    'identity:write',
    'reconcile:run',
  ],
  it: [...SETUP_READ, 'connections:write', 'errors:read', 'audit:read', 'keys:read', 'keys:write'],
  recruiter: ['connections:read', 'runs:read', 'records:read', 'records:reveal', 'errors:read', 'conflicts:read', 'identity:read'],
  leader: ['connections:read', 'runs:read', 'errors:read', 'conflicts:read', 'reconcile:read', 'health:read'],
  auditor: [...SETUP_READ, 'records:read', 'errors:read', 'conflicts:read', 'identity:read', 'erasures:read', 'audit:read', 'keys:read'],
};

/** Everything is denied that is not granted. `scopes` narrow the role and never widen it; none means all that the role has. */
export function allows(role: string, scopes: readonly string[], permission: Permission): boolean {
  if (!isRole(role) || !ROLE_PERMISSIONS[role].includes(permission)) return false;
  return scopes.length === 0 || scopes.includes(permission);
}

export function isRole(role: string): role is Role {
  return (ROLES as readonly string[]).includes(role);
}

export function isPermission(scope: string): scope is Permission {
  return (PERMISSIONS as readonly string[]).includes(scope);
}
