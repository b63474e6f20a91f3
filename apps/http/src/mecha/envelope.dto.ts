import { ApiProperty, ApiResponse } from '@nestjs/swagger';

/** What every answer of this wire is wrapped in, as `Envelope`. */
class EnvelopeDto {
  @ApiProperty()
  success!: boolean;

  @ApiProperty({ enum: ['OK', 'error'] })
  status!: string;

  @ApiProperty({ description: 'Same as the HTTP status' })
  statusCode!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Of an error: message for people' })
  message!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Of an error: stable code for programs' })
  errorCode!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Of an error: the invalid field' })
  subErrors!: string | null;
}

class RefusedDto extends EnvelopeDto {
  @ApiProperty({ type: Object, nullable: true, description: 'Always null' })
  payload!: null;
}

class NothingDto {}

export class PongDto extends EnvelopeDto {
  @ApiProperty()
  payload!: NothingDto;
}

class ManifestDto {
  @ApiProperty({ description: 'Common name of the certificate' })
  machine_id!: string;

  @ApiProperty({ description: 'Path and query for the certificate request; valid once' })
  cert_sign_url!: string;

  @ApiProperty({ format: 'date-time', description: 'Required by legacy devices, and used by none' })
  cert_valid_upto!: string;
}

export class FoundDto extends EnvelopeDto {
  @ApiProperty()
  payload!: ManifestDto;
}

class CertificatesDto {
  @ApiProperty({ description: 'PEM' })
  cert!: string;

  @ApiProperty({ description: 'PEM' })
  root_cert!: string;

  @ApiProperty({ description: 'PEM each' })
  ca_bundle!: string[];
}

export class SignedDto extends EnvelopeDto {
  @ApiProperty()
  payload!: CertificatesDto;
}

/** A refusal in this wire's envelope. */
export const ApiEnvelopeRefusal = (status: number, description: string) =>
  ApiResponse({ status, type: RefusedDto, description });
