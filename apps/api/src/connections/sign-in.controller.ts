import { Controller, Get, Header, Inject, Query, Req } from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import { finishSignIn, type Hub } from '#hub/sync';
import { Public } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';

@Controller('sign-in')
export class SignInController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  @Get('callback')
  @Public('the answer carries the secret that the hub gave the person, and the code that the vendor gave them')
  @ApiExcludeEndpoint()
  @Header('content-type', 'text/plain; charset=utf-8')
  @Header('referrer-policy', 'no-referrer')
  /** What the vendor's page adds to our address (RFC 6749 §4.1.2); it may add more. */
  async callback(@Query() query: Record<string, unknown>, @Req() request: { id: string }): Promise<string> {
    const { state, code, error } = query;
    await finishSignIn(this.hub, { state: textOf(state), code: textOf(code), error: textOf(error), requestId: request.id });
    return 'Signed in. You may close this window and go back to Tributary.\n';
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= 4_000 ? value : undefined;
}
