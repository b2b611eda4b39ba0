-- Whose the tables of snapshots are, for the registry: a name that a dataset declared and never
-- stamped into is not kept from others.

-- +goose Up
-- +goose StatementBegin
create function sf_snapshot.owned_tables(of_datasets text[]) returns table (schema_name text, table_name text, dataset text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select o.schema_name, o.table_name, o.dataset from sf_snapshot.table_owner o where o.dataset = any (of_datasets) $$;
-- +goose StatementEnd
revoke all on function sf_snapshot.owned_tables(text[]) from public;
grant execute on function sf_snapshot.owned_tables(text[]) to sf_orchestrator;

-- +goose Down
drop function sf_snapshot.owned_tables(text[]);
