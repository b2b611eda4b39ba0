-- Schemas that tables are restored into: the service makes none by itself, this function
-- does, as the owner, and only one that is not there. And which revisions have the content
-- of earlier ones again.

-- +goose Up
-- +goose StatementBegin
create function sf_snapshot.make_schema(wanted text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if wanted ~ '^(sf_|pg_)' or wanted in ('public', 'information_schema') then
        raise exception 'schema % is not for restored tables', wanted using errcode = 'reserved_name';
    end if;
    execute format('create schema %I', wanted);
    execute format('grant usage, create on schema %I to sf_snapshot', wanted);
    execute format('grant usage on schema %I to sf_reader', wanted);
end
$$;
-- +goose StatementEnd
comment on function sf_snapshot.make_schema(text) is
    'Makes a schema that tables are restored into. Whoever owns it drops it, with all that was restored.';
revoke all on function sf_snapshot.make_schema(text) from public;
grant execute on function sf_snapshot.make_schema(text) to sf_snapshot;

alter table sf_snapshot.catalog add column restores integer;
comment on column sf_snapshot.catalog.restores is 'The earlier revision whose content it has again, by a rollback; NULL of every other.';
alter table sf_snapshot.restatement add column restored timestamptz;
comment on column sf_snapshot.restatement.restored is 'The moment as of which a rollback made what was known current again; NULL of every other.';
alter table sf_snapshot.prepared add column restores integer;

-- +goose Down
alter table sf_snapshot.prepared drop column restores;
alter table sf_snapshot.restatement drop column restored;
alter table sf_snapshot.catalog drop column restores;
drop function sf_snapshot.make_schema(text);
