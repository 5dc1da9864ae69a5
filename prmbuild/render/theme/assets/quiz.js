/* A quiz is answered here and marked by the gateway, which alone knows the answers.

   Asked:    POST api/courses/<course>/attempts   {"answers": {"<question>": [<option's place, from 0>, …]}}
   Answered: {"passed": bool, "score": 0…1, "questions"?: [{"id": question, "correct": bool, "explanation"?: text}]} */

export function mountQuiz(document) {
  const form = document.querySelector("[data-portal=quiz]")
  if (!form || form.dataset.mounted) return
  form.dataset.mounted = "true"
  const say = form.dataset
  const questions = [...form.querySelectorAll("[data-question]")]
  const status = form.querySelector("[data-status]")
  const button = form.querySelector("[type=submit]")
  const picked = (question) => [...question.querySelectorAll("input:checked")].map((input) => Number(input.value))
  const open = () => questions.filter((question) => !picked(question).length)
  const fill = (text, ...values) => values.reduce((filled, value) => filled.replace("{}", value), text)

  function tell(kind, text) {
    status.className = `portal-quiz__status portal-quiz__status--${kind}`
    status.textContent = text
  }

  function progress() {
    tell("progress", fill(say.progress, questions.length - open().length, questions.length))
  }

  function clear() {
    for (const question of questions) {
      question.classList.remove("portal-question--open", "portal-question--right", "portal-question--wrong")
      question.querySelector("[data-result]").hidden = true
    }
  }

  function mark(result) {
    for (const { id, correct, explanation } of result.questions ?? []) {
      const question = questions.find((one) => one.dataset.question === id)
      if (!question) continue
      question.classList.add(correct ? "portal-question--right" : "portal-question--wrong")
      const text = question.querySelector("[data-result]")
      text.textContent = [`${correct ? say.right : say.wrong}.`, explanation].filter(Boolean).join(" ")
      text.hidden = false
    }
    const score = typeof result.score === "number" ? `: ${fill(say.score, `${Math.round(result.score * 100)} %`)}` : ""
    tell(result.passed ? "passed" : "failed", `${result.passed ? say.passed : say.failed}${score}`)
    button.textContent = result.passed ? say.submit : say.again
  }

  async function hand() {
    const answers = Object.fromEntries(questions.map((question) => [question.dataset.question, picked(question)]))
    tell("progress", say.sending)
    button.disabled = true
    try {
      const answer = await fetch(form.dataset.action, {
        method: "POST",
        credentials: "same-origin",
        headers: { "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify({ answers }),
      })
      if (!answer.ok) throw new Error(`status ${answer.status}`)
      mark(await answer.json())
    } catch {
      tell("failed", say.offline)
    } finally {
      button.disabled = false
    }
  }

  form.addEventListener("change", () => {
    clear()
    progress()
  })
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    clear()
    const left = open()
    if (!left.length) return void hand()
    for (const question of left) question.classList.add("portal-question--open")
    tell("failed", fill(say.missing, left.length))
    left[0].querySelector("input").focus()
  })
  progress()
}
