// Package protoyaml reads and writes a protobuf message as YAML that a person
// writes: field for field under the proto's names, enum values as short lower
// case words, google.protobuf.Struct as free YAML.
//
// Reading is strict, because a declaration that is quietly understood otherwise
// than it was meant is worse than one that is refused: unknown and repeated
// fields, values of another kind, numbers that a double cannot hold, anchors,
// aliases, tags of one's own and more than one document are mistakes. All
// mistakes are found at once, each with its line, column, path, and the nearest
// known name.
package protoyaml
