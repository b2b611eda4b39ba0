package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// auditMethod is what the page of the audit log asks; whoever may not is not led there.
const auditMethod = "OrchestratorService/ListAudit"

// auditList is what was changed, exported and refused, the newest first, and what came of it.
func (c *Console) auditList(ctx context.Context, r *http.Request, token string) (table, error) {
	asked := trimmed(r.URL.Query())
	req, err := auditRequest(asked)
	if err != nil {
		return table{}, err
	}
	req.PageSize, req.PageToken = listed, token
	resp, err := c.services.Orchestrator.ListAudit(ctx, req)
	t := table{
		Head:    heads("When", "Outcome", "Who", "What", "Dataset", "On", "Role", "From", "Facts", "Request"),
		Empty:   "Nothing was changed, exported or refused that is asked for here.",
		Filters: auditFilters(asked), Next: pageOf(r, resp.GetNextPageToken()),
	}
	for _, e := range resp.GetEntries() {
		l := e.GetLine()
		t.Rows = append(t.Rows, []entry{
			moment(l.GetAt()), cameTo(e), words(l.GetWho()), code(act(l)), datasetLink(l.GetDataset()), target(e.GetTarget()),
			words(l.GetRole()), words(l.GetFrom()), words(l.GetFacts()), code(l.GetRequestId()),
		})
	}
	return t, err
}

// cameTo is what came of an act, and why where it did not.
func cameTo(e *orchestratorv1.AuditEntry) entry {
	text := label(e.GetOutcome())
	if e.GetReason() != "" {
		text += ": " + e.GetReason()
	}
	switch e.GetOutcome() {
	case orchestratorv1.AuditOutcome_AUDIT_OUTCOME_DONE:
		return marked(text, "good")
	case orchestratorv1.AuditOutcome_AUDIT_OUTCOME_FAILED, orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED:
		return marked(text, "bad")
	case orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN:
		return marked(text, "busy")
	default:
		return words(text)
	}
}

// act is what was asked for, without the service that it was asked of, or what a line is that
// tells of no single act.
func act(l *orchestratorv1.AuditLine) string {
	switch l.GetKind() { //nolint:exhaustive // what is left names an RPC
	case orchestratorv1.AuditKind_AUDIT_KIND_STARTED:
		return "a gateway started"
	case orchestratorv1.AuditKind_AUDIT_KIND_MORE_REFUSALS:
		return prose.Count(l.GetCount(), "more refusal")
	}
	if _, what, found := strings.Cut(l.GetWhat(), "Service/"); found {
		return what
	}
	return l.GetWhat()
}

// target is what an act was about, with its page where it has one.
func target(id string) entry {
	switch {
	case strings.HasPrefix(id, "run_"):
		return entry{Text: id, Link: "/runs/" + url.PathEscape(id)}
	case strings.HasPrefix(id, "trn_"):
		return entry{Text: id, Link: trainingSetPath(id)}
	default:
		return words(id)
	}
}
