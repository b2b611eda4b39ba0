package access

import "context"

// MayForAll says whether who a request comes from may call a method, as in
// OrchestratorService/ListAudit, of all datasets: a page need not lead where it would be
// refused. Where nobody is asked who they are, it is false. It decides nothing: what is called all the same goes through the decision.
func MayForAll(ctx context.Context, method string) bool {
	who := From(ctx)
	needs, listed := table[method]
	return listed && who != nil && needs.role != "" && who.RoleForAll().Covers(needs.role)
}
