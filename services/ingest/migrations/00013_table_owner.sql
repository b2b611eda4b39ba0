-- Which dataset a live table belongs to: the first that published into it. Whoever reaches
-- the service with a dataset of their own is told so, whatever the registry knows.

-- +goose Up
create table sf_ingest.table_owner (
    schema_name text collate "C" not null,
    table_name  text collate "C" not null,
    dataset     text not null,
    since       timestamptz not null default now(),
    primary key (schema_name, table_name)
);
create index table_owner_by_dataset on sf_ingest.table_owner (dataset);
comment on table sf_ingest.table_owner is
    'The dataset that published into a live table first, written in the publishing transaction; no other one may. Given up when the dataset is deleted.';

grant select, insert on sf_ingest.table_owner to sf_ingest;

-- What is known of those that were published before: how they were left and, of older
-- ones, whose the names are in the registry. A dataset that was deleted has none.
insert into sf_ingest.table_owner (schema_name, table_name, dataset, since)
select schema_name, table_name, dataset, recorded_at from sf_ingest.live;
-- +goose StatementBegin
do $$
begin
    if to_regclass('sf_orchestrator.table_claim') is not null then
        delete from sf_ingest.table_owner o
         where not exists (select from sf_orchestrator.table_claim c where c.dataset = o.dataset and c.schema_name = o.schema_name and c.table_name = o.table_name);
        insert into sf_ingest.table_owner (schema_name, table_name, dataset)
        select c.schema_name, c.table_name, c.dataset
          from sf_orchestrator.table_claim c
          join sf_ingest.published_table p on p.dataset = c.dataset and p.table_name = c.table_name
        on conflict do nothing;
    end if;
end $$;
-- +goose StatementEnd

-- The registry gives the tables of a dataset up in the transaction that deletes it.
-- +goose StatementBegin
create function sf_ingest.give_up_tables(of_dataset text) returns void
language sql security definer set search_path = pg_catalog, pg_temp
begin atomic
    delete from sf_ingest.table_owner where dataset = of_dataset;
end;
-- +goose StatementEnd
revoke all on function sf_ingest.give_up_tables(text) from public;
grant usage on schema sf_ingest to sf_orchestrator;
grant execute on function sf_ingest.give_up_tables(text) to sf_orchestrator;

-- +goose Down
drop function sf_ingest.give_up_tables(text);
revoke usage on schema sf_ingest from sf_orchestrator;
drop table sf_ingest.table_owner;
