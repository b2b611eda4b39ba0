-- The audit log. Lines are written by one function, which alone reads how far a chain has
-- come and appends to it; the service reads, and can neither change nor remove a line.

-- +goose Up
create table sf_orchestrator.audit_head (
    chain   text collate "C" primary key,
    started bigint not null generated always as identity,
    number  bigint not null,
    hash    bytea not null check (length(hash) = 32),
    named   bigint not null default 0
);
comment on table sf_orchestrator.audit_head is
    'How far each chain of the audit log has come: one for each start of a gateway. named is how far a chain that began later says that it had come.';

create table sf_orchestrator.audit_line (
    id         bigint not null generated always as identity unique,
    chain      text collate "C" not null,
    number     bigint not null,
    at         timestamptz not null,
    kind       text collate "C" not null check (kind in ('STARTED', 'INTENT', 'OUTCOME', 'REFUSAL', 'MORE_REFUSALS')),
    intent     bigint not null,
    who        text collate "C" not null,
    token      text collate "C" not null,
    role       text collate "C" not null,
    came_from  text collate "C" not null,
    what       text collate "C" not null,
    dataset    text collate "C" not null,
    target     text collate "C" not null,
    facts      text collate "C" not null,
    outcome    text collate "C" not null check (outcome in ('UNSPECIFIED', 'DONE', 'FAILED', 'REFUSED', 'UNKNOWN')),
    reason     text collate "C" not null,
    request_id text collate "C" not null,
    count      bigint not null,
    previous   bytea not null,
    hash       bytea not null,
    primary key (chain, number)
);
create unique index audit_line_outcome on sf_orchestrator.audit_line (chain, intent) where kind = 'OUTCOME';
create index audit_line_act on sf_orchestrator.audit_line (id) where kind <> 'OUTCOME';
comment on table sf_orchestrator.audit_line is
    'The audit log. The hash is the SHA-256 of the whole line and of the hash before it, in the form of docs/reference/audit.md.';

create table sf_orchestrator.audit_checkpoint (
    chain          text collate "C" not null,
    ordinal        bigint not null,
    number         bigint not null,
    hash           bytea not null,
    at             timestamptz not null,
    key_id         text not null,
    last           boolean not null,
    signature      bytea not null,
    dropped_at     timestamptz,
    drop_key_id    text not null default '',
    drop_signature bytea,
    primary key (chain, ordinal)
);
comment on table sf_orchestrator.audit_checkpoint is
    'Signatures of gateways under their chains, with a key that is not in the database. One stays when retention removes the lines that it covers.';

-- A field is its length in bytes, a colon, itself and a comma: no two lines look alike.
-- +goose StatementBegin
create function sf_orchestrator.audit_hash(l sf_orchestrator.audit_line) returns bytea
    language sql stable set search_path = pg_catalog, pg_temp
as $$
    select sha256(convert_to(string_agg(octet_length(convert_to(f.field, 'UTF8'))::text || ':' || f.field || ',', '' order by f.place), 'UTF8'))
      from unnest(array[
               'streamflow audit line 1', l.chain, l.number::text, floor(extract(epoch from l.at) * 1000000)::bigint::text,
               l.kind, l.intent::text, l.who, l.token, l.role, l.came_from, l.what, l.dataset, l.target, l.facts,
               l.outcome, l.reason, l.request_id, l.count::text, encode(l.previous, 'hex')
           ]) with ordinality as f (field, place)
$$;
-- +goose StatementEnd
revoke all on function sf_orchestrator.audit_hash(sf_orchestrator.audit_line) from public;

-- Appends a line, and returns it as it is written. The one who writes a chain says what was
-- written before; a line that is there already under its number is returned, and whatever
-- else is there is refused (SF002). The first line of a chain names how far the others have come.
-- +goose StatementBegin
create function sf_orchestrator.record_audit(l sf_orchestrator.audit_line) returns sf_orchestrator.audit_line
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    h sf_orchestrator.audit_head;
    there sf_orchestrator.audit_line;
begin
    if l.number = 1 then
        insert into sf_orchestrator.audit_head (chain, number, hash) values (l.chain, 0, decode(repeat('00', 32), 'hex'))
            on conflict (chain) do nothing;
    end if;
    select * into h from sf_orchestrator.audit_head a where a.chain = l.chain for update;
    if h.number = l.number then
        select * into there from sf_orchestrator.audit_line a where a.chain = l.chain and a.number = l.number;
        if there.previous = l.previous and there.kind = l.kind and there.intent = l.intent
           and (there.who, there.token, there.what, there.dataset, there.target, there.outcome, there.reason, there.request_id, there.count)
             = (l.who, l.token, l.what, l.dataset, l.target, l.outcome, l.reason, l.request_id, l.count) then
            return there;
        end if;
    end if;
    if h.number is distinct from l.number - 1 or h.hash is distinct from l.previous then
        raise exception 'chain % of the audit log is not as its gateway left it before line %', l.chain, l.number using errcode = 'SF002';
    end if;
    if l.kind = 'STARTED' then
        with others as (
            update sf_orchestrator.audit_head a set named = a.number
             where a.chain in (select b.chain from sf_orchestrator.audit_head b
                                where b.number > b.named and b.chain <> l.chain order by b.started limit 50 for update skip locked)
         returning a.chain, a.number, a.hash)
        select coalesce(string_agg(o.chain || ':' || o.number::text || ':' || encode(o.hash, 'hex'), ' ' order by o.chain), '')
          into l.facts from others o;
    end if;
    l.at := clock_timestamp();
    l.hash := sf_orchestrator.audit_hash(l);
    insert into sf_orchestrator.audit_line (chain, number, at, kind, intent, who, token, role, came_from, what, dataset, target,
                                            facts, outcome, reason, request_id, count, previous, hash)
         values (l.chain, l.number, l.at, l.kind, l.intent, l.who, l.token, l.role, l.came_from, l.what, l.dataset, l.target,
                 l.facts, l.outcome, l.reason, l.request_id, l.count, l.previous, l.hash);
    update sf_orchestrator.audit_head a set number = l.number, hash = l.hash where a.chain = l.chain;
    return l;
end
$$;
-- +goose StatementEnd
revoke all on function sf_orchestrator.record_audit(sf_orchestrator.audit_line) from public;

-- Keeps a checkpoint; false where another is kept under its number.
-- +goose StatementBegin
create function sf_orchestrator.record_checkpoint(c sf_orchestrator.audit_checkpoint) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into sf_orchestrator.audit_checkpoint (chain, ordinal, number, hash, at, key_id, last, signature)
         values (c.chain, c.ordinal, c.number, c.hash, c.at, c.key_id, c.last, c.signature)
             on conflict (chain, ordinal) do nothing;
    return exists (select from sf_orchestrator.audit_checkpoint a
                    where a.chain = c.chain and a.ordinal = c.ordinal and a.signature = c.signature);
end
$$;
-- +goose StatementEnd
revoke all on function sf_orchestrator.record_checkpoint(sf_orchestrator.audit_checkpoint) from public;

-- Removes the lines that a checkpoint covers, and says so beside it; -1 where there is no
-- such checkpoint.
-- +goose StatementBegin
create function sf_orchestrator.drop_audit(p_chain text, p_ordinal bigint, p_key_id text, p_signature bytea) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    up_to bigint;
    n bigint;
begin
    update sf_orchestrator.audit_checkpoint c
       set dropped_at = coalesce(c.dropped_at, clock_timestamp()), drop_key_id = p_key_id, drop_signature = p_signature
     where c.chain = p_chain and c.ordinal = p_ordinal returning c.number into up_to;
    if not found then
        return -1;
    end if;
    delete from sf_orchestrator.audit_line a where a.chain = p_chain and a.number <= up_to;
    get diagnostics n = row_count;
    return n;
end
$$;
-- +goose StatementEnd
revoke all on function sf_orchestrator.drop_audit(text, bigint, text, bytea) from public;

grant select on sf_orchestrator.audit_head, sf_orchestrator.audit_line, sf_orchestrator.audit_checkpoint to sf_orchestrator;
grant execute on function sf_orchestrator.record_audit(sf_orchestrator.audit_line), sf_orchestrator.record_checkpoint(sf_orchestrator.audit_checkpoint),
    sf_orchestrator.drop_audit(text, bigint, text, bytea) to sf_orchestrator;

-- +goose Down
drop function sf_orchestrator.drop_audit(text, bigint, text, bytea);
drop function sf_orchestrator.record_checkpoint(sf_orchestrator.audit_checkpoint);
drop function sf_orchestrator.record_audit(sf_orchestrator.audit_line);
drop function sf_orchestrator.audit_hash(sf_orchestrator.audit_line);
drop table sf_orchestrator.audit_checkpoint;
drop table sf_orchestrator.audit_line;
drop table sf_orchestrator.audit_head;
