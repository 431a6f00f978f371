import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../security/allow.decorator.js';
import { errorsPageText } from './errors-page.js';

@ApiExcludeController()
@Controller('docs')
export class DocsController {
  /** Where the `type` of every problem points. */
  @Get('errors')
  @Header('content-type', 'text/markdown; charset=utf-8')
  @Public('it explains the error that somebody without a key gets, too')
  errors(): string {
    return errorsPageText();
  }
}
