-- A fence is known to nobody but the worker that raised it, and ends with its run: whoever
-- reaches a service and guesses numbers commits nothing.

-- +goose Up
alter table sf_platform.fence
    add column token_hash bytea,
    add column live       boolean not null default true;
comment on column sf_platform.fence.token_hash is
    'SHA-256 of the token that who raised the fence made up; NULL of a replica that makes none, whose number alone counts.';
comment on column sf_platform.fence.live is
    'Whether anybody may commit under the number: from the claim of a run to its end.';

-- For replicas of the version before, while they are replaced.
-- +goose StatementBegin
create or replace function sf_platform.raise_fence(p_dataset text) returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into sf_platform.fence as f (dataset, number) values (p_dataset, 1)
    on conflict (dataset) do update set number = f.number + 1, token_hash = null, live = true
    returning number;
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function sf_platform.raise_fence(p_dataset text, p_token bytea) returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into sf_platform.fence as f (dataset, number, token_hash) values (p_dataset, 1, sha256(p_token))
    on conflict (dataset) do update set number = f.number + 1, token_hash = excluded.token_hash, live = true
    returning number;
$$;
-- +goose StatementEnd

-- Nothing can be committed under the number any more. NULL is nobody's.
-- +goose StatementBegin
create function sf_platform.lower_fence(p_dataset text, p_number bigint) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
as $$
    update sf_platform.fence set live = false where dataset = p_dataset and number = p_number and live;
$$;
-- +goose StatementEnd

-- +goose StatementBegin
-- The row stays locked FOR SHARE until the caller's transaction ends, so the fence
-- cannot be raised between the check and the commit. It tells nobody which number is live.
create function sf_platform.assert_fence(p_dataset text, p_number bigint, p_token bytea) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    f sf_platform.fence;
begin
    select * into f from sf_platform.fence where dataset = p_dataset for share;
    if f.number is distinct from p_number or not f.live
       or f.token_hash is not null and f.token_hash is distinct from sha256(p_token) then
        raise exception 'fence % of dataset % is not live', p_number, p_dataset using errcode = 'SF001';
    end if;
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create or replace function sf_platform.assert_fence(p_dataset text, p_number bigint) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    f sf_platform.fence;
begin
    select * into f from sf_platform.fence where dataset = p_dataset for share;
    if f.number is distinct from p_number or not f.live then
        raise exception 'fence % of dataset % is not live', p_number, p_dataset using errcode = 'SF001';
    end if;
end
$$;
-- +goose StatementEnd

revoke all on function sf_platform.raise_fence(text, bytea), sf_platform.lower_fence(text, bigint),
    sf_platform.assert_fence(text, bigint, bytea) from public;
grant execute on function sf_platform.raise_fence(text, bytea), sf_platform.lower_fence(text, bigint) to sf_orchestrator;
grant execute on function sf_platform.assert_fence(text, bigint, bytea)
    to sf_ingest, sf_quality, sf_snapshot, sf_orchestrator;

-- +goose Down
drop function sf_platform.assert_fence(text, bigint, bytea);
drop function sf_platform.lower_fence(text, bigint);
drop function sf_platform.raise_fence(text, bytea);
alter table sf_platform.fence drop column live, drop column token_hash;
