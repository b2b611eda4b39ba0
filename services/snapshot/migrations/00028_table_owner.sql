-- Which dataset a snapshot's table belongs to: the first that stamped into it. Whoever
-- reaches the service with a dataset of their own is told so, whatever the registry knows.

-- +goose Up
create table sf_snapshot.table_owner (
    schema_name text collate "C" not null,
    table_name  text collate "C" not null,
    dataset     text not null,
    since       timestamptz not null default now(),
    primary key (schema_name, table_name)
);
create index table_owner_by_dataset on sf_snapshot.table_owner (dataset);
comment on table sf_snapshot.table_owner is
    'The dataset that stamped into a snapshot''s table first, written in the stamping transaction; no other one may. Given up when the dataset is deleted.';

grant select, insert on sf_snapshot.table_owner to sf_snapshot;

-- What was stamped before, but for datasets that were deleted since.
insert into sf_snapshot.table_owner (schema_name, table_name, dataset, since)
select distinct on (table_schema, table_name) table_schema, table_name, dataset, known_at
  from sf_snapshot.catalog order by table_schema, table_name, known_at, dataset;
-- +goose StatementBegin
do $$
begin
    if to_regclass('sf_orchestrator.table_claim') is not null then
        delete from sf_snapshot.table_owner o
         where not exists (select from sf_orchestrator.table_claim c where c.dataset = o.dataset and c.schema_name = o.schema_name and c.table_name = o.table_name);
    end if;
end $$;
-- +goose StatementEnd

-- The registry gives the tables of a dataset up in the transaction that deletes it.
-- +goose StatementBegin
create function sf_snapshot.give_up_tables(of_dataset text) returns void
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    delete from sf_snapshot.table_owner where dataset = of_dataset;
end;
-- +goose StatementEnd
revoke all on function sf_snapshot.give_up_tables(text) from public;
grant usage on schema sf_snapshot to sf_orchestrator;
grant execute on function sf_snapshot.give_up_tables(text) to sf_orchestrator;

-- +goose Down
drop function sf_snapshot.give_up_tables(text);
revoke usage on schema sf_snapshot from sf_orchestrator;
drop table sf_snapshot.table_owner;
