package protoyaml_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/internal/protoyaml"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestNumbersKeepTheirValueOrAreRefused(t *testing.T) {
	t.Parallel()
	kept := map[string]float64{
		"0": 0, "-0": 0, "0.0": 0, "1": 1, "+1": 1, "-1.50": -1.5, "0.1": 0.1, "0.10": 0.1, "1e3": 1000, "1E-3": 0.001,
		"9007199254740992": 9007199254740992, "100000000000000000000": 1e20, "1.7976931348623157e308": 1.7976931348623157e308,
		"29.14104464084511": 29.14104464084511, "0.30000000000000004": 0.30000000000000004,
	}
	refused := []string{
		"9007199254740993", "0.1000000000000000055", "1e-400", "12345678901234567890123", "007", "0o17", "0x10", "0b1", "1_0", ".inf", "-.inf", ".nan", ".5", "5.",
	}
	for text, want := range kept {
		table := &datasetv1.Table{}
		result := protoyaml.Unmarshal([]byte("departed_limit: "+text), table, nil)
		require.Empty(t, result.Mistakes, text)
		require.InDelta(t, want, table.GetDepartedLimit(), 0, text)
		require.NotNil(t, table.DepartedLimit, text)
	}
	for _, text := range refused {
		table := &datasetv1.Table{}
		result := protoyaml.Unmarshal([]byte("departed_limit: "+text), table, nil)
		require.Len(t, result.Mistakes, 1, text)
		require.Contains(t, result.Mistakes[0].Message, "found "+text, text)
		require.NotContains(t, result.Mistakes[0].Message, "quotes", "which would make a text of it")
		require.Nil(t, table.DepartedLimit, text)
	}
}

func TestTruthValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"true": true, "True": true, "TRUE": true, "false": false, "False": false} {
		column := &datasetv1.Column{}
		result := protoyaml.Unmarshal([]byte("optional: "+text), column, nil)
		require.Empty(t, result.Mistakes, text)
		require.Equal(t, want, column.GetOptional(), text)
	}
	for _, text := range []string{"yes", "no", "on", "off", "y", "1", `"true"`, "~"} {
		result := protoyaml.Unmarshal([]byte("optional: "+text), &datasetv1.Column{}, nil)
		require.Len(t, result.Mistakes, 1, text)
		require.Contains(t, result.Mistakes[0].Message, "expected true or false, found", text)
	}
}

func TestLongValuesAreCutInMessages(t *testing.T) {
	t.Parallel()
	result := protoyaml.Unmarshal([]byte(`optional: "`+
		"ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé"+`"`), &datasetv1.Column{}, nil)
	require.Len(t, result.Mistakes, 1)
	require.Equal(t, `expected true or false, found the text "éééééééééééééééééééééééééééééé…"`, result.Mistakes[0].Message)
}

func TestMistakesComeInTheOrderOfTheDocument(t *testing.T) {
	t.Parallel()
	result := protoyaml.Unmarshal([]byte("optional: 1\nname: 2\ncolour: red\ntype: [x]\n"), &datasetv1.Column{}, nil)
	var paths []string
	for _, m := range result.Mistakes {
		paths = append(paths, m.Path)
	}
	require.Equal(t, []string{"optional", "name", "colour", "type"}, paths)
}

func TestRightFieldsAreReadBesideWrongOnes(t *testing.T) {
	t.Parallel()
	column := &datasetv1.Column{}
	result := protoyaml.Unmarshal([]byte("name: a\ntype: 3\noptional: true\n"), column, nil)
	require.Len(t, result.Mistakes, 1)
	require.True(t, result.Readable)
	require.Equal(t, "a", column.GetName())
	require.True(t, column.GetOptional())
}
