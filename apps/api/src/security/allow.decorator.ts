import { applyDecorators, createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { Permission } from '#hub/governance';
import type { Actor } from '#hub/sync';

export const ALLOW = 'allow';
export const PUBLIC = 'public';

/** Whoever holds this permission may call the route. A route without this or `@Public` is refused, and fails a test. */
export const Allow = (permission: Permission): MethodDecorator =>
  applyDecorators(SetMetadata(ALLOW, permission), ApiBearerAuth(), ApiExtension('x-permission', permission));
/** Open to all, with the reason why. */
export const Public = (reason: string): MethodDecorator => SetMetadata(PUBLIC, reason);

/** Who is calling; set by the guard. */
export const CurrentActor = createParamDecorator(
  (_: unknown, context: ExecutionContext): Actor => context.switchToHttp().getRequest<{ actor: Actor }>().actor,
);
