-- A run may erase keys, or plan to. The keys are kept beside it until it has ended. What its
-- mode may be is added to what others allowed; no row is looked at, since each was held to
-- what allowed less.

-- +goose Up
-- +goose StatementBegin
do $$
declare
    allowed text;
begin
    select pg_catalog.pg_get_expr(conbin, conrelid) into allowed
      from pg_catalog.pg_constraint where conrelid = 'sf_orchestrator.run'::pg_catalog.regclass and conname = 'run_mode_check';
    alter table sf_orchestrator.run drop constraint run_mode_check;
    execute pg_catalog.format('alter table sf_orchestrator.run add constraint run_mode_check check ((%s) or mode in (''ERASE'', ''ERASE_PLAN'')) not valid', allowed);
end
$$;
-- +goose StatementEnd
alter table sf_orchestrator.run add column erase_table text not null default '';
alter table sf_orchestrator.run add column erase_keys bigint not null default 0;
alter table sf_orchestrator.run add column erased jsonb not null default '[]';
comment on column sf_orchestrator.run.erased is
    'Of an erase, a list of the message streamflow.step.v1.ErasedRows, as its JSON. No key is in it.';

create table sf_orchestrator.run_key (
    run  text collate "C" primary key references sf_orchestrator.run (id),
    keys jsonb not null
);
comment on table sf_orchestrator.run_key is
    'The keys that an erase was asked for: each a list of texts. Deleted as soon as its run has ended.';
grant select, insert, delete on sf_orchestrator.run_key to sf_orchestrator;

create table sf_orchestrator.erase_salt (
    salt text not null,
    single boolean primary key default true check (single)
);
comment on table sf_orchestrator.erase_salt is
    'The salt of the hash of its keys by which a request for an erase is known again: one random text per installation.';
insert into sf_orchestrator.erase_salt (salt) values (gen_random_uuid()::text || gen_random_uuid()::text);
grant select on sf_orchestrator.erase_salt to sf_orchestrator;
-- Keys that are erased are taken out of what was said of earlier runs. Events are never
-- changed otherwise: the role may not, and this function puts a mark in place of a key alone.
-- +goose StatementBegin
create function sf_orchestrator.erase_from_event(p_run text, p_number bigint, p_message text) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    update sf_orchestrator.run_event e set message = p_message
      from sf_orchestrator.run r
     where e.run = p_run and e.number = p_number and r.id = e.run and r.state in ('SUCCEEDED', 'FAILED', 'CANCELLED')
       and strpos(p_message, '(erased)') > 0 and strpos(e.message, '"') > 0
$$;
-- +goose StatementEnd
revoke all on function sf_orchestrator.erase_from_event(text, bigint, text) from public;
grant execute on function sf_orchestrator.erase_from_event(text, bigint, text) to sf_orchestrator;

-- +goose Down
drop function sf_orchestrator.erase_from_event(text, bigint, text);
drop table sf_orchestrator.erase_salt;
drop table sf_orchestrator.run_key;
alter table sf_orchestrator.run drop column erased, drop column erase_keys, drop column erase_table;
