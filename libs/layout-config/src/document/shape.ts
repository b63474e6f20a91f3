import 'reflect-metadata';
import type { JsonValue, Report } from '@org/domain';
import { type ClassConstructor, Expose, Type, plainToInstance } from 'class-transformer';
import {
  IsArray,
  IsIn,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
  type ValidationError,
  validateSync,
} from 'class-validator';
import { CHANNEL_TYPES } from '../layout/layout.js';
import type { Path } from '../layout/path.js';
import { preview, previewKind } from '../settings/preview.js';
import type { TomlDocument } from '../text/toml-document.js';

/** Several decorators as one; each lets class-transformer copy the property. */
const all =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, key) =>
    [Expose(), ...decorators].forEach((decorate) => decorate(target, key));

/** In this file a decorator's message says what is wanted. */
const wanted = (message: string) => ({ message });
const A_TABLE = wanted('a table');

/** A table with keys of its own kind, left alone here. */
class FreeShape {}

/** Optional; with keys that `shape` describes. */
const Table = (shape: ClassConstructor<object> = FreeShape) =>
  all(
    IsOptional(),
    IsObject(A_TABLE),
    ValidateNested(A_TABLE),
    Type(() => shape),
  );

/** Optional; a list of tables. */
const Tables = (name: string, shape: ClassConstructor<object>) =>
  all(
    IsOptional(),
    IsArray(wanted(name)),
    ValidateNested({ each: true, ...wanted(name) }),
    Type(() => shape),
  );

const Name = (wish: string, ...more: PropertyDecorator[]) =>
  all(IsString(wanted(wish)), IsNotEmpty(wanted(wish)), ...more);

const Text = () => all(IsOptional(), IsString(wanted('a text')));

class ClientShape {
  @Name('a name of 1 to 1024 bytes')
  name!: string;

  @Table()
  metadata?: object;
}

class ChannelMetadataShape {
  @all(IsOptional(), IsIn(CHANNEL_TYPES, wanted('"control", "data" or "export", or no type')))
  type?: string;
}

class ChannelShape {
  @Name('a name of 1 to 1022 bytes')
  name!: string;

  @Table(ChannelMetadataShape)
  metadata?: object;
}

const A_SLOT = 'the name of a slot of the profile, 1 to 256 characters';

class BindingShape {
  @Name(A_SLOT, MaxLength(256, wanted(A_SLOT)))
  slot!: string;

  @all(IsIn(['client', 'channel'], wanted('"client" or "channel"')))
  type!: string;

  @Text()
  name?: string;

  @Text()
  metadata_key?: string;

  @Text()
  metadata_value?: string;
}

class BootstrapShape {
  @Table()
  render_context?: object;

  @Table()
  values?: object;

  @Tables('[[bootstrap.bindings]]', BindingShape)
  bindings?: object[];
}

/** What the file's tables and lists look like; single settings are checked one by one as they are read. */
class FileShape {
  @Table()
  server?: object;

  @Table(BootstrapShape)
  bootstrap?: object;

  @Table()
  cert?: object;

  @Table()
  auth?: object;

  @Table()
  authority?: object;

  @Table()
  grpc?: object;

  @Table()
  limits?: object;

  @Table()
  enrolment?: object;

  @Table()
  state?: object;

  @Tables('[[clients]]', ClientShape)
  clients?: object[];

  @Tables('[[channels]]', ChannelShape)
  channels?: object[];
}

/** Reports every place where tables, lists and entries of the layout do not have the form they must have. */
export function checkShape(document: TomlDocument, report: Report): void {
  // Only what is described is copied: class-transformer stumbles over keys such as `constructor`.
  const file = plainToInstance(FileShape, document.value, { excludeExtraneousValues: true });
  const errors = validateSync(file, { forbidUnknownValues: false });
  for (const error of errors) reportError(error, [], document, report);
}

function reportError(error: ValidationError, base: Path, document: TomlDocument, report: Report): void {
  const path = [...base, /^\d+$/.test(error.property) ? Number(error.property) : error.property];
  const [wish] = Object.values(error.constraints ?? {});
  if (wish === undefined) {
    error.children?.forEach((child) => reportError(child, path, document, report));
    return;
  }
  const value = document.get(path);
  const mayShow = ['name', 'slot', 'type'].includes(error.property);
  report.problem(document.subject(path), {
    message: value === undefined ? 'it is missing' : 'the value does not fit',
    found: mayShow ? preview(value) : previewKind(value as JsonValue | undefined),
    wanted: wish,
  });
}
