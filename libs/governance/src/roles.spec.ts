import { allows, PERMISSIONS, ROLES, type Permission, type Role } from './roles.js';

const may = (role: Role): Permission[] => PERMISSIONS.filter((permission) => allows(role, [], permission));

describe('allows', () => {
  it('gives everything to admin only', () => {
    expect(ROLES.filter((role) => may(role).length === PERMISSIONS.length)).toEqual(['admin']);
  });
  it.each([
    ['records:reveal', ['admin', 'recruiter']],
    ['conflicts:settle', ['admin']],
    ['identity:decide', ['admin']],
    ['identity:approve', ['admin']],
    ['identity:write', ['ops', 'admin']],
    ['keys:write', ['it', 'admin']],
    ['audit:read', ['it', 'admin', 'auditor']],
    ['connections:write', ['ops', 'it', 'admin']],
    ['errors:write', ['ops', 'admin']],
  ] as [Permission, Role[]][])('gives %s to %j and nobody else', (permission, roles) => {
    expect(ROLES.filter((role) => allows(role, [], permission))).toEqual(roles);
  });
  it('lets an auditor, a leader and a recruiter change nothing', () => {
    for (const role of ['auditor', 'leader', 'recruiter'] as const)
      expect(may(role).filter((permission) => /:(write|settle|run|decide|approve)$/.test(permission))).toEqual([]);
  });
  it('narrows by scopes and never widens', () => {
    expect(allows('ops', ['runs:read'], 'runs:read')).toBe(true);
    expect(allows('ops', ['runs:read'], 'runs:write')).toBe(false);
    expect(allows('leader', ['keys:write'], 'keys:write')).toBe(false);
  });
  it.each(['', 'Admin', 'root', '__proto__', 'constructor'])('denies the unknown role %j everything', (role) => {
    expect(PERMISSIONS.filter((permission) => allows(role, [], permission))).toEqual([]);
  });
});
