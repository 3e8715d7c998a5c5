/**
 * The match and what can be done about it: one customer, several to choose
 * from, or nobody, with every way on from there.
 */
import type { Candidate, Way } from "../../flows/schemas.ts";
import { ADD_ON_PHONE } from "../names.ts";
import type { Choosing } from "../state/step.ts";
import { Button } from "./button.tsx";
import { Person } from "./person.tsx";
import type { StepProps } from "./step_props.ts";
import { whose } from "../state/transitions.ts";
import { Option } from "./option.tsx";

export function Choice({ step, act, live }: StepProps<Choosing>) {
  const { match, chosen, busy } = step;
  const off = !live || busy === "looking";
  const single = match?.status === "matched";
  return (
    <>
      {match?.status === "none" && <Nobody step={step} act={act} live={live} />}
      {match && match.status !== "none" && (
        <>
          <fieldset class="weui-cells">
            <legend>{match.told?.title}</legend>
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
                    name={"customer" + whose(one)}
                    value={one.externalUserId}
                    checked={chosen.includes(one.externalUserId)}
                    disabled={busy === "looking"}
                    onChange={() => act.choose(one.externalUserId)}
                  />
                )}
              </label>
            ))}
          </fieldset>
          {match.notes?.map((note) => <p class="notice" key={note}>{note}</p>)}
          <p class="hint">{match.told?.text}</p>
          <div class="bar">
            <Button
              kind="primary"
              id="create-group"
              disabled={off || !chosen.length}
              onClick={() => act.create()}
            >
              建客户群
            </Button>
            <div class="row">
              <Button
                kind="plain"
                id="pick-contact"
                disabled={off}
                onClick={act["pick-contact"]}
              >
                换一位客户
              </Button>
              <Button
                kind="plain"
                id="refresh-contacts"
                disabled={off}
                busy={busy === "refreshing"}
                onClick={act["refresh-contacts"]}
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

/** Not found: the server says why that may be, and what leads on. */
function Nobody(
  { step: { match, busy, code }, act, live }: StepProps<Choosing>,
) {
  const { told, suggestions = [] } = match ?? {};
  const off = !live || busy !== null;
  const desktop = act.client === "desktop";
  const press: Record<Way["id"], () => void> = act;
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
        <h2>{told?.title}</h2>
        <p>{told?.text}</p>
      </div>
      {code && (
        <figure class="card code" data-testid="contact-code">
          <img src={code} alt="二维码" referrerpolicy="no-referrer" />
          <figcaption>请客户用微信扫一扫，加上后会自动更新</figcaption>
        </figure>
      )}
      {suggestions.length > 0 && (
        <div class="weui-cells">{suggestions.map(suggestion)}</div>
      )}
      <div class="weui-cells">
        {told?.ways.map(({ id, title, text }) =>
          // What is shown is not offered, and a desktop client cannot add.
          (id === "contact-code" ? !code : id !== "add-customer" || !desktop) &&
          (
            <Option
              key={id}
              id={id}
              title={title}
              text={text}
              busy={busy === id}
              disabled={off && busy !== id}
              onClick={press[id]}
            />
          )
        )}
      </div>
      {desktop && <p class="hint">{ADD_ON_PHONE}</p>}
    </>
  );
}
