import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { tap, type Observable } from 'rxjs';

/** Says the next page in the Link header as well (RFC 8288), relative to the request. */
@Injectable()
export class PageLinksInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      tap((body: { nextCursor?: unknown } | undefined) => {
        if (typeof body?.nextCursor !== 'string') return;
        const target = new URL(http.getRequest<{ url: string }>().url, 'http://here');
        target.searchParams.set('cursor', body.nextCursor);
        http
          .getResponse<{ header: (name: string, value: string) => void }>()
          .header('link', `<${target.pathname}${target.search}>; rel="next"`);
      }),
    );
  }
}
