import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { INestApplication } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { VERSION } from '@org/server';
import { complete } from './complete.js';
import { stateConstraints } from './constraints.js';
import { ErrorDto } from './error.dto.js';

/** Serves the API's description: `/docs` for people, `/openapi.json` for programs. */
export function serveDocumentation(app: INestApplication): void {
  const config = new DocumentBuilder()
    .setTitle('Provision')
    .setDescription(
      'Gets a gateway from its box onto Magistrala: one call creates clients, channels, connections, a bootstrap ' +
        'configuration and certificates from a layout, and rolls back everything it created if a step fails. Or a ' +
        'device enrols: it shows a code, an operator approves it, and it fetches a certificate for its own key.',
    )
    .setVersion(VERSION)
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description:
        'A Magistrala access token, API key or personal access token. For enrolments and machines also the token of an ' +
        'operator from the configuration',
    })
    .addBasicAuth({ type: 'http', scheme: 'basic', description: "EST: a device's code and polling secret" })
    .build();
  const describe = () => {
    const document = SwaggerModule.createDocument(app, config, { extraModels: [ErrorDto] });
    complete(document);
    stateConstraints(document);
    return document;
  };
  SwaggerModule.setup('docs', app, describe, { raw: false });
  // Written out once: Swagger's own route would do so each time, for anybody, and hold a copy for each slow reader.
  let text: Buffer | undefined;
  app.getHttpAdapter().get('/openapi.json', (_request: unknown, reply: FastifyReply) => {
    text ??= Buffer.from(JSON.stringify(describe()));
    void reply.type('application/json; charset=utf-8').send(text);
  });
}
