package main

import (
	"slices"
	"strings"

	validatev1 "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/getkin/kin-openapi/openapi3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// The contracts, with the rules that stand beside their fields.
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// examples are what the fields of these names may hold.
var examples = map[string]any{
	"as_of": "2024-01-31", "dataset": "streamflow", "source": "/srv/data/month_000", "requested_by": "nightly",
	"request_id": "req_2024-01-31", "run": "run_01hq7d3x8k2m4n6p8q0r2s4t6v", "batch": "bat_01hq7d3x8k2m4n6p8q0r2s4t6v",
	"validation": "val_01hq7d3x8k2m4n6p8q0r2s4t6v",
}

// rule puts the rules of the protos into the document: what must be given, which shape
// it has, and an example. What only answers hold is always there, but for what is left out
// where it is not set, and for validations, whose results have Great Expectations' shape.
func rule(doc *openapi3.T) {
	asked := requested(doc)
	for name, schema := range doc.Components.Schemas {
		m := messageOf(name)
		if m == nil || schema.Value == nil {
			continue
		}
		for field, property := range schema.Value.Properties {
			if fd := m.Fields().ByTextName(field); fd != nil {
				constrain(property, fd)
				if asked[name] && fd.Name() == who {
					property.Value.Description = ofToken(property.Value.Description)
				}
				if given(fd) || !asked[name] && !strings.HasPrefix(name, ofValidations) && written(fd) {
					schema.Value.Required = append(schema.Value.Required, field)
				}
			}
		}
		slices.Sort(schema.Value.Required)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			ruleParameters(op)
		}
	}
}

// written says whether an answer has a field that is not set, as platform/unsetjson writes
// it: a test of the gateway compares. An enum without a value is left out.
func written(fd protoreflect.FieldDescriptor) bool {
	return !fd.HasPresence() && (fd.Enum() == nil || fd.IsList())
}

// ruleParameters does the same for what stands in the path and the query.
func ruleParameters(op *openapi3.Operation) {
	m := requestOf(op.OperationID)
	if m == nil {
		return
	}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			continue
		}
		if fd := m.Fields().ByTextName(p.Value.Name); fd != nil {
			constrain(p.Value.Schema, fd)
			p.Value.Required = p.Value.Required || given(fd)
			if fd.Name() == who {
				p.Value.Description = ofToken(p.Value.Description)
			}
		}
	}
}

// requested are the schemas that a body holds, whoever sends it may leave fields out.
func requested(doc *openapi3.T) map[string]bool {
	seen := map[string]bool{}
	var walk func(*openapi3.SchemaRef)
	walk = func(ref *openapi3.SchemaRef) {
		if ref == nil {
			return
		}
		if name, ok := strings.CutPrefix(ref.Ref, component+"schemas/"); ok {
			if seen[name] {
				return
			}
			seen[name] = true
			ref = doc.Components.Schemas[name]
		}
		walk(ref.Value.Items)
		for _, all := range append(openapi3.SchemaRefs{}, ref.Value.AllOf...) {
			walk(all)
		}
		for _, property := range ref.Value.Properties {
			walk(property)
		}
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Value.Content {
				walk(media.Schema)
			}
		}
	}
	return seen
}

// messageOf finds the message of a schema; a body without the fields of its path is the
// request of its RPC.
func messageOf(schema string) protoreflect.MessageDescriptor {
	if d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(schema)); err == nil {
		m, _ := d.(protoreflect.MessageDescriptor)
		return m
	}
	rpc, isBody := strings.CutSuffix(schema, "Body")
	if !isBody {
		return nil
	}
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(rpc))
	if method, ok := d.(protoreflect.MethodDescriptor); ok && err == nil {
		return method.Input()
	}
	return nil
}

// requestOf finds the request of an operation, Service_Method.
func requestOf(operation string) protoreflect.MessageDescriptor {
	service, rpc, _ := strings.Cut(operation, "_")
	var found protoreflect.MessageDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if s := f.Services().ByName(protoreflect.Name(service)); s != nil {
			if m := s.Methods().ByName(protoreflect.Name(rpc)); m != nil {
				found = m.Input()
			}
		}
		return found == nil
	})
	return found
}

func rulesOf(fd protoreflect.FieldDescriptor) *validatev1.FieldRules {
	rules, _ := proto.GetExtension(fd.Options(), validatev1.E_Field).(*validatev1.FieldRules)
	return rules
}

// given says whether the rules refuse a request without the field.
func given(fd protoreflect.FieldDescriptor) bool {
	r := rulesOf(fd)
	if r.GetIgnore() != validatev1.Ignore_IGNORE_UNSPECIFIED || fd.Name() == who {
		return false
	}
	s := r.GetString()
	return r.GetRequired() || s.GetMinLen() > 0 || s.GetPattern() != "" || s.GetPrefix() != "" || r.GetRepeated().GetMinItems() > 0 ||
		fd.Kind() == protoreflect.StringKind && !fd.IsList() && len(r.GetCel()) > 0
}

// who is the field of who asks. The gateway fills it in with the name that a token has, so
// that only where nobody is asked for one a request cannot do without.
const who = "requested_by"

// ofToken says of the field of who asks where it has to be given.
func ofToken(said string) string {
	return said + " With a token it is the token's name, whatever is given here; it has to be given only where the gateway asks for no token."
}

// constrain puts the rules of a field into its schema.
func constrain(ref *openapi3.SchemaRef, fd protoreflect.FieldDescriptor) {
	if ref == nil || ref.Ref != "" || ref.Value == nil {
		return
	}
	schema := ref.Value
	if example, ok := examples[string(fd.Name())]; ok && fd.Kind() == protoreflect.StringKind && !fd.IsList() {
		schema.Example = example
	}
	r := rulesOf(fd)
	if s := r.GetString(); s != nil {
		schema.Pattern = pattern(s)
		schema.MinLength = s.GetMinLen()
		schema.MaxLength = pointer(s.MaxLen)
	}
	if n := r.GetInt32(); n != nil {
		limit(schema, n.ProtoReflect())
	}
	if d := r.GetDouble(); d != nil {
		limit(schema, d.ProtoReflect())
	}
	if l := r.GetRepeated(); l != nil {
		schema.MinItems, schema.MaxItems = l.GetMinItems(), pointer(l.MaxItems)
	}
}

// pattern is a rule's own, or that of its prefix. POSIX classes, which RE2 has and
// ECMA-262, which OpenAPI goes by, has not, are written out.
func pattern(s *validatev1.StringRules) string {
	if s.GetPattern() == "" && s.GetPrefix() != "" {
		return "^" + s.GetPrefix()
	}
	return strings.ReplaceAll(s.GetPattern(), "[^[:cntrl:]]", `[^\x00-\x1f\x7f]`)
}

// limit puts the bounds of a number's rules into its schema, those that are said: a side
// that is not bounded has no 0 for a bound.
func limit(schema *openapi3.Schema, rules protoreflect.Message) {
	said := func(name protoreflect.Name) *float64 {
		fd := rules.Descriptor().Fields().ByName(name)
		if !rules.Has(fd) {
			return nil
		}
		n := rules.Get(fd)
		f := 0.0
		if fd.Kind() == protoreflect.DoubleKind {
			f = n.Float()
		} else {
			f = float64(n.Int())
		}
		return &f
	}
	exclusive := true
	if schema.Min = said("gte"); schema.Min == nil {
		if schema.Min = said("gt"); schema.Min != nil {
			schema.ExclusiveMin = openapi3.ExclusiveBound{Bool: &exclusive}
		}
	}
	if schema.Max = said("lte"); schema.Max == nil {
		if schema.Max = said("lt"); schema.Max != nil {
			schema.ExclusiveMax = openapi3.ExclusiveBound{Bool: &exclusive}
		}
	}
}

func pointer(n *uint64) *uint64 {
	if n == nil {
		return nil
	}
	copied := *n
	return &copied
}
