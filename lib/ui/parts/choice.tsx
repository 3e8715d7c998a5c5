/**
 * The match and what can be done about it: one customer, several to choose
 * from, or nobody, with every way on from there.
 */
import type { Candidate } from "../../flows/schemas.ts";
import type { Choosing } from "../state/step.ts";
import { Button } from "./button.tsx";
import { Trouble } from "./notice.tsx";
import { Person } from "./person.tsx";
import type { StepProps } from "./step_props.ts";
import { roleOf } from "../state/presence.ts";
import { Option } from "./option.tsx";

export function Choice({ step, act, live }: StepProps<Choosing>) {
  const { match, chosen, busy, notice } = step;
  const off = !live || busy === "looking";
  const again = notice?.kind === "problem" && notice.again;
  const single = match?.status === "matched";
  return (
    <>
      {notice?.kind === "news" && (
        <p class="notice" role="status">{notice.text}</p>
      )}
      {notice?.kind === "problem" && (
        <Trouble
          problem={notice.problem}
          onRetry={again && (() => act.retry(again))}
        />
      )}
      {match?.status === "none" && <Nobody step={step} act={act} live={live} />}
      {match && match.status !== "none" && (
        <>
          <fieldset class="weui-cells">
            <legend>
              {single
                ? "企业微信里的客户"
                : match.candidates.length === 1
                ? "可能是这位客户，请您确认"
                : `${match.candidates.length} 位联系人都对得上，请选一位`}
            </legend>
            {match.candidates.map((one) => (
              <label
                class="weui-cell"
                key={one.externalUserId}
                data-testid={"candidate-" + one.externalUserId}
              >
                <Person of={one} />
                {single ? <em class="tag good">已匹配</em> : (
                  <input
                    type="radio"
                    name="customer"
                    value={one.externalUserId}
                    checked={chosen === one.externalUserId}
                    disabled={busy === "looking"}
                    onChange={() => act.choose(one.externalUserId)}
                  />
                )}
              </label>
            ))}
          </fieldset>
          <p class="hint">
            进群：{act.model.staff.map(({ name }) => name).join("、")}和客户
          </p>
          <div class="bar">
            <Button
              kind="primary"
              id="create-group"
              disabled={off || !chosen}
              onClick={() => act.create()}
            >
              建客户群
            </Button>
            <div class="row">
              <Button
                kind="plain"
                id="pick-contact"
                disabled={off}
                onClick={act.pick}
              >
                换一位客户
              </Button>
              <Button
                kind="plain"
                id="refresh-contacts"
                disabled={off}
                busy={busy === "refreshing"}
                onClick={act.refresh}
              >
                刷新联系人
              </Button>
            </div>
          </div>
        </>
      )}
    </>
  );
}

/** Not found: whatever the reason is, one of these leads on. */
function Nobody({ step: { match, busy }, act, live }: StepProps<Choosing>) {
  const { followers = [], suggestions = [] } = match ?? {};
  const { order } = act.model;
  const off = !live || busy === "looking";
  const option = (
    id: string,
    title: string,
    text: string,
    press: () => void,
  ) => (
    <Option id={id} title={title} text={text} disabled={off} onClick={press} />
  );
  const suggestion = (one: Candidate) => (
    <div class="weui-cell" key={one.externalUserId}>
      <Person of={one} />
      <Button
        kind="plain"
        id={"suggestion-" + one.externalUserId}
        disabled={off}
        onClick={() =>
          act.consider(one.externalUserId)}
      >
        就是 TA
      </Button>
    </div>
  );
  return (
    <>
      <div class="lead">
        <h2>没有找到这位客户</h2>
        <p>
          {order.customerPhone
            ? `您的联系人里，没有人的备注手机号是 ${order.customerPhone}`
            : "订单里没有完整的手机号，请直接选客户"}
        </p>
      </div>
      {followers.map(({ wxUserId, name }) => (
        <p class="notice" key={wxUserId}>
          {roleOf(act.model, wxUserId)} {name}{" "}
          已添加该客户，可以由 TA 打开这个订单来建群
        </p>
      ))}
      {suggestions.length > 0 && (
        <fieldset class="weui-cells">
          <legend>名字一样，还没写手机号</legend>
          {suggestions.map(suggestion)}
        </fieldset>
      )}
      <div class="weui-cells">
        {option(
          "pick-contact",
          "从联系人里选",
          "客户在，只是没写手机号",
          act.pick,
        )}
        {act.client !== "desktop" &&
          option(
            "add-customer",
            "添加客户",
            "还不是您的企业微信联系人",
            act.add,
          )}
        {option(
          "refresh-contacts",
          "刷新联系人",
          "刚刚添加，或改过备注",
          act.refresh,
        )}
      </div>
      {act.client === "desktop" && (
        <p class="hint">添加客户请用手机企业微信打开这个订单</p>
      )}
    </>
  );
}
