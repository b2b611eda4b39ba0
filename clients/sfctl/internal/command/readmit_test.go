package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

func TestReadmit(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Readmitted: &ingestv1.ReadmitKeysResponse{Table: "users", Readmitted: 2, NotErased: 30, NotErasedPlaces: []int32{3, 4}}})
	r := sfctlIn(t.Context(), command.Process{In: strings.NewReader("u-1\n\"u, 2\"\n")}, at(g), "dataset", "readmit", "--dataset", "shop", "--table", "users", "--keys-file", "-", "--reason", "ticket 812")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "2 keys of users may be delivered again; 30 keys not among the erased ones: number 3, number 4, …\n", r.out)
	asked := gatewaytest.Requests[*ingestv1.ReadmitKeysRequest](g)[0]
	require.Equal(t, "shop", asked.GetDataset())
	require.Equal(t, "users", asked.GetTable())
	require.Equal(t, "ticket 812", asked.GetReason())
	require.Equal(t, "ana@desk", asked.GetRequestedBy())
	require.Equal(t, []string{"u, 2"}, asked.GetKeys()[1].GetValues())
	require.NotContains(t, r.out+r.err, "u-1")
	for line, says := range map[string]string{
		"--key u-1":                         "reason",
		"--key u-1 --reason=":               "reason",
		"--reason x":                        "no key is given",
		"--key u-1 --reason u-1":            "name a ticket",
		"--key u-1 --reason x more":         "unexpected argument",
		"--keys-file /nowhere/1 --reason x": "no such file",
	} {
		r := sfctl(at(g), append([]string{"dataset", "readmit"}, strings.Split(line, " ")...)...)
		require.Equal(t, problem.ExitUsage, r.code, line)
		require.Contains(t, r.err, says, line)
	}
}
