package rest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestTheAuditLogIsListed(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("OrchestratorService/ListAudit", &orchestratorv1.ListAuditResponse{
		Entries:       []*orchestratorv1.AuditEntry{{Line: &orchestratorv1.AuditLine{Who: "ann", Number: 7}, Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN}},
		NextPageToken: "more",
	})
	got := send(t, srv, http.MethodGet, "/v1/audit?who=ann&what=StartRun&on=shop&outcome=unknown&since=2024-01-31T00:00:00Z&page_size=2", "")
	require.Equal(t, http.StatusOK, got.status, got.body)
	require.Contains(t, got.body, `"next_page_token":"more"`)
	require.Contains(t, got.body, "AUDIT_OUTCOME_UNKNOWN")
	req, _ := suite.Calls()[0].Request.(*orchestratorv1.ListAuditRequest)
	require.Equal(t, "ann StartRun shop", req.GetWho()+" "+req.GetWhat()+" "+req.GetOn())
	require.Equal(t, orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN, req.GetOutcome())
	require.EqualValues(t, 1706659200, req.GetSince().GetSeconds())
	require.Contains(t, send(t, srv, http.MethodGet, "/v1/audit?outcome=sold", "").problem(t).Detail, "outcome")
}

func TestTheAuditLogIsALineForEachPiece(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	head := &orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Head{Head: &orchestratorv1.AuditHead{Chain: "chn_1", Number: 1, Hash: audit.Genesis}}}
	one := &orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Line{Line: &orchestratorv1.AuditLine{Chain: "chn_1", Number: 1, Who: "ann"}}}
	result := &orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Result{Result: &orchestratorv1.AuditExported{Chains: 1, Lines: 1}}}
	suite.OnStream("OrchestratorService/ExportAudit", tells(nil, head, one, result))
	got := send(t, srv, http.MethodGet, "/v1/audit:export", "")
	require.Equal(t, http.StatusOK, got.status, got.body)
	require.Equal(t, "application/x-ndjson", got.header.Get("Content-Type"))
	all := lines(t, got.body)
	require.Len(t, all, 3)
	require.Contains(t, all[0], "head")
	require.Contains(t, all[1], "line")
	require.Contains(t, all[2], "result")
	require.True(t, proto.Equal(&orchestratorv1.ExportAuditRequest{}, suite.Calls()[0].Request))

	suite.OnStream("OrchestratorService/ExportAudit", tells[*orchestratorv1.ExportAuditResponse](problem.New(problem.DatabaseUnavailable, "gone")))
	require.EqualValues(t, "DATABASE_UNAVAILABLE", send(t, srv, http.MethodGet, "/v1/audit:export", "").problem(t).Reason)
}
