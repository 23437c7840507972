/** A generated protobuf service as `@grpc/grpc-js` wants it: paths, serialisers, and handlers with exact types. */
import { type DescMethod, type DescService, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type {
  handleBidiStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServiceDefinition,
} from '@grpc/grpc-js';

/** What every generated service is, with the types of its methods. */
export type GeneratedService = Omit<DescService, 'method'> & {
  readonly method: { readonly [localName: string]: DescMethod };
};

type Handler<M extends DescMethod> = {
  readonly unary: handleUnaryCall<MessageShape<M['input']>, MessageShape<M['output']>>;
  readonly server_streaming: handleServerStreamingCall<MessageShape<M['input']>, MessageShape<M['output']>>;
  readonly bidi_streaming: handleBidiStreamingCall<MessageShape<M['input']>, MessageShape<M['output']>>;
  // No protocol that is served here streams from the client alone.
  readonly client_streaming: never;
}[M['methodKind']];

/** One handler for each method: none may be forgotten, none may be of another shape. */
export type GrpcHandlers<S extends GeneratedService> = {
  readonly [K in keyof S['method']]: Handler<S['method'][K]>;
};

/** For `Server.addService`, with `GrpcHandlers<S>` as the implementation. */
export function serviceDefinition(service: GeneratedService): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(service.method).map(([name, method]) => [name, methodDefinition(method)] as const),
  );
}

/** For the client's `makeServerStreamRequest` and its siblings. */
export function methodDefinition<M extends DescMethod>(
  method: M,
): MethodDefinition<MessageShape<M['input']>, MessageShape<M['output']>> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: (message) => asBuffer(toBinary(method.input, message)),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes) as MessageShape<M['input']>,
    responseSerialize: (message) => asBuffer(toBinary(method.output, message)),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes) as MessageShape<M['output']>,
  };
}

/** The same memory, under the class that grpc-js asks for. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
