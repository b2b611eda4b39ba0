package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	validatev1 "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// bounded is a number's schema under rules.
func bounded(rules proto.Message) *openapi3.Schema {
	schema := openapi3.NewFloat64Schema()
	limit(schema, rules.ProtoReflect())
	return schema
}

func TestANumberIsBoundedAsItsRulesAre(t *testing.T) {
	t.Parallel()
	double := func(d *validatev1.DoubleRules) *validatev1.DoubleRules { return d }
	for name, c := range map[string]struct {
		rules     proto.Message
		fits, not []float64
	}{
		"between, both included": {
			double(&validatev1.DoubleRules{GreaterThan: &validatev1.DoubleRules_Gte{Gte: 0}, LessThan: &validatev1.DoubleRules_Lte{Lte: 1}}),
			[]float64{0, 0.5, 1}, []float64{-0.1, 1.1},
		},
		"between, neither included": {
			double(&validatev1.DoubleRules{GreaterThan: &validatev1.DoubleRules_Gt{Gt: 0}, LessThan: &validatev1.DoubleRules_Lt{Lt: 1}}),
			[]float64{0.001, 0.8}, []float64{0, 1},
		},
		"from below alone": {
			&validatev1.Int32Rules{GreaterThan: &validatev1.Int32Rules_Gte{Gte: 1}}, []float64{1, 1e9}, []float64{0},
		},
		"from above alone": {
			&validatev1.Int32Rules{LessThan: &validatev1.Int32Rules_Lt{Lt: 10}}, []float64{-5, 9}, []float64{10},
		},
		"not at all": {&validatev1.Int32Rules{}, []float64{-1e9, 0, 1e9}, nil},
	} {
		schema := bounded(c.rules)
		for _, n := range c.fits {
			require.NoError(t, schema.VisitJSON(n), "%s: %v", name, n)
		}
		for _, n := range c.not {
			require.Error(t, schema.VisitJSON(n), "%s: %v", name, n)
		}
	}
}

// committed is the document that the gateway serves.
func committed(t *testing.T) *openapi3.T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "proto", "gen", "openapi", "streamflow.openapi.json"))
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	return doc
}

// TestEveryRuleOfANumberHoldsInTheDocument goes through the contracts: what a rule
// refuses, the document refuses, and what it takes, the document takes.
func TestEveryRuleOfANumberHoldsInTheDocument(t *testing.T) {
	t.Parallel()
	doc, seen := committed(t), 0
	for name, schema := range doc.Components.Schemas {
		m := messageOf(name)
		if m == nil {
			continue
		}
		for field, property := range schema.Value.Properties {
			fd := m.Fields().ByTextName(field)
			if fd == nil || property.Value == nil {
				continue
			}
			if bounds := numberRules(fd); bounds != nil {
				seen++
				require.Equal(t, bounded(bounds).Min, property.Value.Min, "%s.%s", name, field)
				require.Equal(t, bounded(bounds).Max, property.Value.Max, "%s.%s", name, field)
				require.Equal(t, bounded(bounds).ExclusiveMin.IsTrue(), property.Value.ExclusiveMin.IsTrue(), "%s.%s", name, field)
			}
		}
	}
	require.Greater(t, seen, 3, "there are rules of numbers")
}

func numberRules(fd protoreflect.FieldDescriptor) proto.Message {
	r := rulesOf(fd)
	switch {
	case r.GetInt32() != nil:
		return r.GetInt32()
	case r.GetDouble() != nil:
		return r.GetDouble()
	}
	return nil
}

func TestTheDocumentsExamplesKeepItsRules(t *testing.T) {
	t.Parallel()
	for name, schema := range committed(t).Components.Schemas {
		for field, property := range schema.Value.Properties {
			if property.Value == nil || property.Value.Example == nil {
				continue
			}
			require.NoError(t, property.Value.VisitJSON(property.Value.Example), "%s.%s", name, field)
		}
	}
}

func TestNoBoundContradictsAnother(t *testing.T) {
	t.Parallel()
	for name, schema := range committed(t).Components.Schemas {
		for field, property := range schema.Value.Properties {
			v := property.Value
			if v != nil && v.Min != nil && v.Max != nil {
				require.Less(t, *v.Min, *v.Max, "%s.%s takes one value, or none", name, field)
			}
			if v != nil && v.MaxLength != nil {
				require.Less(t, v.MinLength, *v.MaxLength, "%s.%s", name, field)
			}
		}
	}
}

func TestMessagesAreFoundByTheirSchemas(t *testing.T) {
	t.Parallel()
	for schema, want := range map[string]string{
		"streamflow.orchestrator.v1.Run":                               "streamflow.orchestrator.v1.Run",
		"streamflow.orchestrator.v1.OrchestratorService.StartRunBody":  "streamflow.orchestrator.v1.StartRunRequest",
		"streamflow.orchestrator.v1.OrchestratorService.CancelRunBody": "streamflow.orchestrator.v1.CancelRunRequest",
	} {
		m := messageOf(schema)
		require.NotNil(t, m, schema)
		require.Equal(t, want, string(m.FullName()))
	}
	for _, none := range []string{"Problem", "streamflow.orchestrator.v1.RunState", "streamflow.orchestrator.v1.OrchestratorService", "x.Body", ""} {
		require.Nil(t, messageOf(none), none)
	}
	require.Equal(t, "streamflow.orchestrator.v1.ListRunsRequest", string(requestOf("OrchestratorService_ListRuns").FullName()))
	for _, none := range []string{"OrchestratorService_Fly", "Nobody_ListRuns", "ListRuns", ""} {
		require.Nil(t, requestOf(none), none)
	}
}

// TestWhatMustBeGivenIsSaid compares with the rules themselves, field by field.
func TestWhatMustBeGivenIsSaid(t *testing.T) {
	t.Parallel()
	m := messageOf("streamflow.orchestrator.v1.OrchestratorService.StartRunBody")
	require.True(t, given(messageOf("streamflow.orchestrator.v1.OrchestratorService.CreateTokenBody").Fields().ByName("name")))
	require.False(t, given(m.Fields().ByName("as_of")), "an erase concerns every date")
	require.False(t, given(m.Fields().ByName("source")), "a rollback reads no files")
	require.False(t, given(m.Fields().ByName("request_id")), "it is made up where it is missing")
	require.False(t, given(m.Fields().ByName("mode")))
	body := committed(t).Components.Schemas["streamflow.orchestrator.v1.OrchestratorService.StartRunBody"].Value
	require.NotContains(t, body.Required, "as_of")
	require.NotContains(t, body.Required, "source")
	require.NotContains(t, body.Required, "request_id")
}

// A token says who asks, so that no request with one has to.
func TestWhoAsksIsToldByTheToken(t *testing.T) {
	t.Parallel()
	doc, told := committed(t), 0
	check := func(required bool, where, description string) {
		require.False(t, required, where)
		require.Contains(t, description, "With a token it is the token's name", where)
		told++
	}
	operations(t, func(where string, op *openapi3.Operation) {
		if p := op.Parameters.GetByInAndName(openapi3.ParameterInQuery, who); p != nil {
			check(p.Required, where, p.Description)
		}
	})
	for name := range requested(doc) {
		if schema := doc.Components.Schemas[name].Value; schema.Properties[who] != nil {
			check(slices.Contains(schema.Required, who), name, schema.Properties[who].Value.Description)
		}
	}
	require.Greater(t, told, 10)
	require.NotContains(t, doc.Components.Schemas["streamflow.orchestrator.v1.Run"].Value.Properties[who].Value.Description, "With a token")
}

func TestWhatAnswersMayLeaveOutIsNotRequired(t *testing.T) {
	t.Parallel()
	doc := committed(t)
	for name, c := range map[string]struct{ always, mayLack []string }{
		"streamflow.orchestrator.v1.Run":  {[]string{"id", "as_of", "message", "steps", "findings"}, []string{"state", "mode", "created_at", "ended_at"}},
		"streamflow.orchestrator.v1.Step": {[]string{"attempts", "counts"}, []string{"kind", "state", "started_at"}},
	} {
		required := doc.Components.Schemas[name].Value.Required
		require.Subset(t, required, c.always, name)
		for _, field := range c.mayLack {
			require.Contains(t, doc.Components.Schemas[name].Value.Properties, field, name)
			require.NotContains(t, required, field, name)
		}
	}
	for name, schema := range doc.Components.Schemas {
		for _, field := range schema.Value.Required {
			if m := messageOf(name); m != nil && !given(m.Fields().ByTextName(field)) {
				require.Nil(t, m.Fields().ByTextName(field).Enum(), "%s.%s", name, field)
			}
		}
	}
}

func TestSchemasOfBodiesAreKnownHoweverDeepTheyLie(t *testing.T) {
	t.Parallel()
	asked := requested(committed(t))
	for _, name := range []string{"streamflow.dataset.v1.Dataset", "streamflow.dataset.v1.Table", "streamflow.dataset.v1.Column"} {
		require.True(t, asked[name], name)
	}
	require.False(t, asked["streamflow.orchestrator.v1.Run"], "it stands in answers alone")
	require.False(t, asked["Problem"])
}

// TestTheDocumentSpeaksInWholeSentences looks at every description for the marks of a
// comment that was broken over lines.
func TestTheDocumentSpeaksInWholeSentences(t *testing.T) {
	t.Parallel()
	for name, schema := range committed(t).Components.Schemas {
		texts := map[string]string{name: schema.Value.Description}
		for field, property := range schema.Value.Properties {
			if property.Value != nil {
				texts[name+"."+field] = property.Value.Description
			}
		}
		for where, text := range texts {
			for _, line := range strings.Split(text, "\n") {
				require.NotContains(t, line, "  ", "%s: %q", where, text)
			}
		}
	}
}
