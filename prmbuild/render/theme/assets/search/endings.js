/* Endings by which two forms of a word differ, by language: the 120 most frequent among words of one stem in the
   vocabularies of the Snowball project, without accents, and French plurals in -ux.
   docs/adr/0007-search-from-postings.md says how well they do. */

const LISTS = {
  en: `
    ability able ably al ality ally als ance ances ancy ant antly ants ate ated ates ating ation ations ative bing
    ble cal ce cy d dly e ed edly eful ely ement ements ence ences ency eness ent ently er ers es ful fully fulness
    fuls ible ic ical ically ied ies ility iness ing ingly ings ion ions ists ities ity ive ize ized izes izing l le
    led ling lized lly ly ment ments ming nce nces ncy ned ness nesses ng ngly nt ntly nts on ons or ous ously ped
    ping r red ring rs s sm t te ted tely ties ting tion tions tly ty ve y ying zation ze zed
  `,
  de: `
    d de dem den der des e em en end ende enden ender endes ene enen enes enheit ens er ere eren erer eres erin
    erlich ern ers es est este esten ester et ete eten heit heiten ig ige igem igen igende igenden iger igere iges
    igkeit igste igung in innen isch ische ischen ischer isches k keit keiten lich liche lichem lichen licher
    lichere liches lichste m n nd nde ndem nden nder ndes ne nen nes ns r re rem ren rer res rin rinnen rlich rliche
    rlichen rlicher rn rs s sch se sen ses st ste stem sten ster stes t te ten tes ung ungen ungs
  `,
  fr: `
    l ux al aux a able ables ai aient ais ait ant ante antes ants as assent asses at ates ateurs ation ations ble bles ce ces e
    ee ees ement ements ent er era erai eraient erais erait eras erent erez eriez erons eront es euses eux ez i ie
    ient ierait iez if ion ions ique ir ira irent is it ite ites le les ment ments mment nce ne nees nes nt nte ntes
    nts ons ont r ra rai raient rais rait ras rent rez riez rions rons ront s sait sement ses ssaient ssait ssant
    ssement ssent sses ssez t te tes teur tion tions ts use usement ux x yaient yant yates yer yes z
  `,
  es: `
    a aba aban acion aciones ada adas ado ador adores ados amente amos an ando antes ar ara aran aria arian arla
    arle arlo arlos aron arse as ba ban cion ciones co da das do dor dora doras dores dos e emos en endo er era eran
    erla erlo eron es ia ian ida idad idades idas ido idos iendo iendose iera ieron imos io ir ira iria irse ista
    istas iva la las le les lo los me mente miento mos n ndo ndolo ndose nos nte ntes o on os oso r ra ran re remos
    ria rian rla rlas rle rles rlo rlos rme rnos ron rse s se te tiva tivo tivos ue ye
  `,
  pt: `
    a acao acoes ada adas ado ador adora ados ais am amente amento amos ando ante ao ar ara aram arem aria ariamos
    as asse assem ativo ava avam avel cao cia coes da damente das do dor dora doras dores dos e eado ear ei em emos
    endo er era eram eria es esse eu i ia iam ida idade idades idas ido idos imento indo ir iram is ista iu iva ivas
    ivo m mente mento mentos mos ncia ndo nte ntes o oes ores os osa oso osos ou r ra ram rao rem remos res ria riam
    rmos s smo sse ssem sta stas te tiva tivas tivo u ue va vam vamos veis vel
  `,
  it: `
    a amente amento amo ando anno ano ar arci are arla arli arne arsi arvi asse assero ata ate ati ato ava avano
    azione azioni bile bili ci do e ebbe endo endolo era erai eranno ere erebbe erei eremo erla ero ersi ete eva gli
    he hi i ia iamo iate imento ita ite iti ito la le li lo mente menti mento mi mo ndo ndogli ndole ndolo ndosi ne
    no nte nti o ono ore osa oso r ra ranno rci re rgli rla rle rli rlo rmi rne rono rsene rsi rvi sca sce scono
    sene si sse ssero ta te ti tivo to tore ute uti uto va vamo vano vi vo zione zioni
  `,
}

export const ENDINGS = Object.values(LISTS).map((list) => new Set(["", ...list.trim().split(/\s+/)]))
